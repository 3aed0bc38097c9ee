import type { ErrorCode } from '../../../contract/error-codes.ts'
import type { CommandResult } from '../../../protocol/payloads.ts'
import type { Answer } from '../../ports/worker-channel.ts'
import type { Command, CommandEvent } from './machine.ts'

/** A larger result isn't kept: it would be in memory and on disk for an hour. */
const maxResultChars = 65_536
/** The same for what a worker says that went wrong. */
const maxErrorChars = 1_000

/** What a worker's answer means for the command (Q2, Q3). */
export function outcomeOf({ commandId }: Command, answer: Answer<CommandResult>): CommandEvent {
  switch (answer.kind) {
    case 'ok':
      if (answer.reply.commandId !== commandId) return { on: 'lose' }
      if (answer.reply.status === 'SUCCESS') return { on: 'succeed', result: keptResult(answer.reply.result) }
      return failure(answer.reply.error)
    case 'refused':
      return saysNo(answer.error) ? failure(answer.error) : { on: 'lose' }
    case 'unlinked':
      return { on: 'unsent' }
    case 'malformed':
    case 'unanswered':
      return { on: 'lose' }
  }
}

/**
 * Whether a worker decided against the command before it did anything: then it says so with a code. Whatever else comes back
 * without a result, ERR_INTERNAL included, is the message of an exception, which may have come after the device had acted.
 */
function saysNo(error: string): boolean {
  return error.startsWith('ERR_') && error !== ('ERR_INTERNAL' satisfies ErrorCode)
}

/** Upstream's workers put whatever a handler threw there. */
function failure(error: unknown): CommandEvent {
  const text = typeof error === 'string' ? error : ('ERR_COMMAND_FAILED' satisfies ErrorCode)
  return { on: 'fail', error: text.slice(0, maxErrorChars) }
}

function keptResult(result: unknown): unknown {
  return JSON.stringify(result ?? {}).length > maxResultChars ? { truncated: true } : (result ?? {})
}
