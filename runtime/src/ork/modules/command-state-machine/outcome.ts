import type { ErrorCode } from '../../../contract/error-codes.ts'
import type { CommandResult } from '../../../protocol/payloads.ts'
import type { Answer } from '../../ports/worker-channel.ts'

/** What an answer means: the end, no answer, or that the command wasn't sent. */
export type Outcome =
  | { readonly on: 'succeed'; readonly result: unknown }
  /** `result` is what the worker tells beside the error, as of each target. */
  | { readonly on: 'fail'; readonly error: string; readonly result?: unknown }
  /** `ran`: whether it may have run. */
  | { readonly on: 'timeout'; readonly ran: boolean }
  | { readonly on: 'unsent' }

/** A larger result isn't kept: it would be in memory and on disk for a day. One of a command to a whole rack fits. */
const maxResultBytes = 262_144
/** The same for what a worker says that went wrong. */
const maxErrorChars = 1_000

/** What a worker's answer to the command means. */
export function outcomeOf(commandId: string, answer: Answer<CommandResult>): Outcome {
  switch (answer.kind) {
    case 'ok':
      return answer.reply.commandId === commandId ? outcomeOfResult(answer) : noAnswer
    case 'refused':
      return saysNo(answer.error) ? failure(answer.error) : noAnswer
    case 'unlinked':
      return { on: 'unsent' }
    case 'malformed':
    case 'unanswered':
      return noAnswer
  }
}

interface Resulting {
  readonly reply: CommandResult
  readonly sizeBytes: number
}

function outcomeOfResult(answer: Resulting): Outcome {
  const { status, result, error } = answer.reply
  if (status === 'SUCCESS') return { on: 'succeed', result: keptResult(answer) }
  if (isStopping(error)) return { on: 'timeout', ran: false }
  return { ...failure(error), ...(result !== undefined && { result: keptResult(answer) }) }
}

const noAnswer: Outcome = { on: 'timeout', ran: true }

/** A worker that is being stopped doesn't touch the device, and says so; the next process of it will. */
function isStopping(error: unknown): boolean {
  return typeof error === 'string' && error.startsWith('ERR_WORKER_NOT_ROUTABLE' satisfies ErrorCode)
}

/**
 * Whether a worker decided against the command before it did anything: then it says so with a code. Whatever else comes back
 * without a result, ERR_INTERNAL included, is the message of an exception, which may have come after the device had acted.
 */
function saysNo(error: string): boolean {
  return error.startsWith('ERR_') && error !== ('ERR_INTERNAL' satisfies ErrorCode)
}

/** Upstream's workers put whatever a handler threw there. */
function failure(error: unknown): Extract<Outcome, { on: 'fail' }> {
  const text = typeof error === 'string' ? error : ('ERR_COMMAND_FAILED' satisfies ErrorCode)
  return { on: 'fail', error: text.slice(0, maxErrorChars) }
}

function keptResult({ reply, sizeBytes }: Resulting): unknown {
  return sizeBytes > maxResultBytes ? { truncated: true } : (reply.result ?? {})
}
