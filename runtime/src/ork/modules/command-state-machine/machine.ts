/**
 * One command's life (protocol 0.3: QUEUED → DISPATCHED → EXECUTING → SUCCESS or FAILED, with TIMEOUT in between).
 *
 * M1  `sentTo` is null only if the command provably wasn't sent, or didn't run.
 * M2  A command that may have been sent is sent again only where that can't run it twice (`decideSend`). Else its fate is unknown.
 */
import type { ErrorCode } from '../../../contract/error-codes.ts'
import { next, type Table } from '../../../machine/table.ts'
import type { CheckedCommand } from '../../ports/command-intake.ts'
import type { Instance } from '../../ports/command-targets.ts'

export type CommandState = 'QUEUED' | 'DISPATCHED' | 'EXECUTING' | 'TIMEOUT' | 'SUCCESS' | 'FAILED'

/** Where a command may have gone, and since when. Milliseconds since the epoch. */
export interface SentTo extends Instance {
  readonly since: number
}

export type CommandEvent =
  /** It is its turn. */
  | { readonly on: 'dispatch' }
  | { readonly on: 'send'; readonly sentTo: SentTo }
  /** It wasn't sent this time; `sentTo` is as it was before. */
  | { readonly on: 'unsent'; readonly sentTo: SentTo | null }
  | { readonly on: 'succeed'; readonly result: unknown }
  /** The worker says that it failed, with its error and what else it tells. */
  | { readonly on: 'fail'; readonly error: string; readonly result?: unknown }
  /** It was sent, and no answer came; or one that says that it didn't run, and then `sentTo` is as it was before. */
  | { readonly on: 'timeout'; readonly sentTo: SentTo | null }
  /** It is tried again. */
  | { readonly on: 'retry' }
  /** It may have been sent, and isn't sent again. */
  | { readonly on: 'lose' }
  | { readonly on: 'cancel' }
  /** It never ran, and won't. */
  | { readonly on: 'expire'; readonly error: ErrorCode }

export const table = {
  QUEUED: { dispatch: 'DISPATCHED', cancel: 'FAILED', expire: 'FAILED', lose: 'FAILED' },
  DISPATCHED: { send: 'EXECUTING', unsent: 'QUEUED' },
  EXECUTING: { unsent: 'QUEUED', succeed: 'SUCCESS', fail: 'FAILED', timeout: 'TIMEOUT' },
  TIMEOUT: { retry: 'QUEUED', lose: 'FAILED', expire: 'FAILED' },
  SUCCESS: {},
  FAILED: {},
} as const satisfies Table<CommandState, CommandEvent['on']>

/** An accepted command. Times in milliseconds since the epoch. */
export interface Command extends CheckedCommand {
  readonly commandId: string
  readonly state: CommandState
  readonly sentTo: SentTo | null
  /** How often it was tried again. */
  readonly retries: number
  /** Of what it says, for a repeat with its idempotency key; null without a key. */
  readonly fingerprint: string | null
  readonly result: unknown
  readonly error: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** The command after the event. Throws IllegalTransition. */
export function apply(command: Command, event: CommandEvent, now: number): Command {
  const state = next(table, command.state, event.on)
  switch (event.on) {
    case 'dispatch':
      return { ...command, state, updatedAt: now }
    case 'send':
    case 'unsent':
    case 'timeout':
      return { ...command, state, sentTo: event.sentTo, updatedAt: now }
    case 'retry':
      return { ...command, state, retries: command.retries + 1, updatedAt: now }
    case 'succeed':
      return { ...command, state, params: nothing, result: event.result, updatedAt: now }
    case 'fail':
      return { ...command, state, params: nothing, result: event.result ?? null, error: event.error, updatedAt: now }
    default:
      return { ...command, state, params: nothing, error: errorOf(event), updatedAt: now }
  }
}

/** Nobody needs the parameters of a command that has ended, and passwords may be among them. */
const nothing = {}

type Failure = Extract<CommandEvent, { on: 'expire' | 'lose' | 'cancel' }>

function errorOf(event: Failure): string {
  switch (event.on) {
    case 'expire':
      return event.error
    case 'lose':
      return 'ERR_COMMAND_FATE_UNKNOWN' satisfies ErrorCode
    case 'cancel':
      return 'ERR_CANCELLED' satisfies ErrorCode
  }
}

export function isFinal(state: CommandState): state is 'SUCCESS' | 'FAILED' {
  return state === 'SUCCESS' || state === 'FAILED'
}
