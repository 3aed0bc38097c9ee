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
      return failure(answer.reply.error ?? ('ERR_COMMAND_FAILED' satisfies ErrorCode))
    case 'refused':
      return failure(answer.error)
    case 'unlinked':
      return { on: 'unsent' }
    case 'malformed':
    case 'unanswered':
      return { on: 'lose' }
  }
}

function failure(error: string): CommandEvent {
  return { on: 'fail', error: error.slice(0, maxErrorChars) }
}

function keptResult(result: unknown): unknown {
  return JSON.stringify(result ?? {}).length > maxResultChars ? { truncated: true } : (result ?? {})
}
