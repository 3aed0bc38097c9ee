/**
 * One command's life (protocol 0.3: QUEUED → DISPATCHED → EXECUTING → SUCCESS or FAILED).
 *
 * Q1  DISPATCHED is on disk before the command is sent, so QUEUED on disk means that it never was.
 * Q2  A command that was sent is never sent again: what became of it is known from its answer or not at all (`lose`).
 * Q3  It goes back to QUEUED only if it provably wasn't sent (`unsent`).
 */
import type { ErrorCode } from '../../../contract/error-codes.ts'
import { next, type Table } from '../../../machine/table.ts'
import type { CommandScope, Params } from '../../../protocol/payloads.ts'

export type CommandState = 'QUEUED' | 'DISPATCHED' | 'EXECUTING' | 'SUCCESS' | 'FAILED'

export type CommandEvent =
  | { readonly on: 'dispatch' }
  | { readonly on: 'send' }
  | { readonly on: 'unsent' }
  | { readonly on: 'succeed'; readonly result: unknown }
  /** The worker says that it failed, with its error. */
  | { readonly on: 'fail'; readonly error: string }
  /** It was sent, and no answer will come. */
  | { readonly on: 'lose' }
  | { readonly on: 'cancel' }
  /** Its worker didn't come back in time, or left: it was never sent. */
  | { readonly on: 'expire'; readonly error: ErrorCode }

export const table = {
  QUEUED: { dispatch: 'DISPATCHED', cancel: 'FAILED', expire: 'FAILED' },
  DISPATCHED: { send: 'EXECUTING', unsent: 'QUEUED', lose: 'FAILED' },
  EXECUTING: { unsent: 'QUEUED', succeed: 'SUCCESS', fail: 'FAILED', lose: 'FAILED' },
  SUCCESS: {},
  FAILED: {},
} as const satisfies Table<CommandState, CommandEvent['on']>

/** An accepted command. Times in milliseconds since the epoch. */
export interface Command {
  readonly commandId: string
  readonly state: CommandState
  readonly command: string
  /** Empty when it has ended: nobody needs them then, and passwords may be among them. */
  readonly params: Params
  readonly scope: CommandScope
  readonly deviceId: string | null
  readonly workerId: string
  /** For the scopes worker and rack; passed on to the worker. */
  readonly targets: readonly string[] | null
  readonly requesterId: string | null
  readonly result: unknown
  readonly error: string | null
  readonly createdAt: number
  readonly updatedAt: number
  /** When it is given up if it is still QUEUED. */
  readonly expiresAt: number
}

/** The command after the event. Throws IllegalTransition. */
export function apply(command: Command, event: CommandEvent, now: number): Command {
  const moved = withoutWaste({ ...command, state: next(table, command.state, event.on), updatedAt: now })
  switch (event.on) {
    case 'dispatch':
    case 'send':
    case 'unsent':
      return moved
    case 'succeed':
      return { ...moved, result: event.result }
    case 'fail':
    case 'expire':
      return { ...moved, error: event.error }
    case 'lose':
      return { ...moved, error: 'ERR_COMMAND_FATE_UNKNOWN' satisfies ErrorCode }
    case 'cancel':
      return { ...moved, error: 'ERR_CANCELLED' satisfies ErrorCode }
  }
}

function withoutWaste(command: Command): Command {
  return isFinal(command.state) ? { ...command, params: {} } : command
}

export function isFinal(state: CommandState): boolean {
  return state === 'SUCCESS' || state === 'FAILED'
}

/** Time that a QUEUED command waits for its worker. */
export const queuedForMs = 60_000

/**
 * The command as it goes on after a restart. One that was sent is lost (Q2); one that is QUEUED is owed still, and its worker
 * has all its time again to come back.
 */
export function resume(command: Command, now: number): Command {
  switch (command.state) {
    case 'QUEUED':
      return { ...command, expiresAt: now + queuedForMs }
    case 'DISPATCHED':
    case 'EXECUTING':
      return apply(command, { on: 'lose' }, now)
    case 'SUCCESS':
    case 'FAILED':
      return command
  }
}
