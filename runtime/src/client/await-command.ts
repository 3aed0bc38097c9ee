import type { Clock } from '../machine/clock.ts'
import { isEnded } from '../protocol/payloads.ts'
import { failed, type OrkAnswer, type OrkFailure } from './ork-answer.ts'
import type { OrkClient } from './ork-client.ts'
import type { CommandRecord } from './ork-replies.ts'

/** Time that ORK may take to tell of a command's end, in one question. */
const questionMs = 10_000
/** No two questions are closer: an upstream kernel answers at once. */
const pauseMs = 100

export interface AwaitCommandParts {
  readonly ork: Pick<OrkClient, 'commandStatus'>
  readonly clock: Clock
  /** The client was closed: that ORK can't be reached is an end then. */
  readonly closed: AbortSignal
}

/**
 * Follows a command to its end, SUCCESS or FAILED. That ORK can't be reached meanwhile is no end: it restarts, and still knows
 * the command.
 */
export function awaitCommand(
  { ork, ...parts }: AwaitCommandParts,
  commandId: string,
  timeoutMs: number,
): Promise<OrkAnswer<CommandRecord>> {
  return askUntilEnded({ ...parts, ask: (limits) => ork.commandStatus(commandId, limits), timeoutMs }, (last) =>
    lateCommand(commandId, timeoutMs, last),
  )
}

/** Of one question: ORK answers when the command has ended, or after `waitMs`. */
export interface QuestionLimits {
  readonly waitMs: number
  readonly timeoutMs: number
}

interface Asking extends Pick<AwaitCommandParts, 'clock' | 'closed'> {
  readonly ask: (limits: QuestionLimits) => Promise<OrkAnswer<CommandRecord>>
  readonly timeoutMs: number
}

/** Asks until the command has ended, ORK says no, or the time is over: then the answer is what `late` makes of the last one. */
export async function askUntilEnded(
  { clock, closed, ask, timeoutMs }: Asking,
  late: (last: OrkAnswer<CommandRecord>) => OrkAnswer<CommandRecord>,
): Promise<OrkAnswer<CommandRecord>> {
  const endsAt = clock.monotonic() + timeoutMs
  for (;;) {
    const askedAt = clock.monotonic()
    const leftMs = Math.max(1, endsAt - askedAt)
    const answer = await ask({ waitMs: Math.min(questionMs, leftMs), timeoutMs: leftMs })
    if (answer.kind === 'ok' ? isEnded(answer.value.status) : isFinal(answer, closed)) return answer
    const now = clock.monotonic()
    if (now + pauseMs >= endsAt) return late(answer)
    await clock.sleep(Math.max(0, askedAt + pauseMs - now), closed)
  }
}

function isFinal({ code }: OrkFailure, closed: AbortSignal): boolean {
  return closed.aborted || code !== 'ERR_ORK_UNREACHABLE'
}

export function lateCommand(
  commandId: string,
  timeoutMs: number,
  answer: OrkAnswer<CommandRecord>,
): OrkAnswer<CommandRecord> {
  const last = answer.kind === 'ok' ? `it is ${answer.value.status}` : answer.message
  return failed('ERR_MDK_WAIT_COMMAND_TIMEOUT', `the command ${commandId} had not ended after ${timeoutMs} ms: ${last}`)
}
