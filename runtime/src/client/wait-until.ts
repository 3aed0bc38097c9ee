import type { ErrorCode } from '../contract/error-codes.ts'
import type { Clock } from '../machine/clock.ts'
import { failed, type OrkAnswer } from './ork-answer.ts'

export interface WaitOptions {
  /** 30 s unless given. */
  readonly timeoutMs?: number
  /** Time between two questions; a second unless given. */
  readonly intervalMs?: number
}

/** What was found, or what there was instead, as the end of a sentence. */
export type Found<Value> =
  | { readonly kind: 'found'; readonly value: Value }
  | { readonly kind: 'missing'; readonly instead: string }

export interface Waiting<Asked, Value> {
  readonly clock: Clock
  /** The client was closed: a failed answer is an end then. */
  readonly closed: AbortSignal
  /** Asks, for no longer than this. */
  readonly ask: (timeoutMs: number) => Promise<OrkAnswer<Asked>>
  readonly find: (asked: Asked) => Found<Value>
  readonly lateCode: ErrorCode
}

/**
 * Asks again and again until what is looked for is there. A failed answer is no end, ORK may be restarting, unless the client was
 * closed. When the time is over it fails with the code, and with what there was at last.
 */
export async function waitUntil<Asked, Value>(
  { clock, closed, ask, find, lateCode }: Waiting<Asked, Value>,
  { timeoutMs = 30_000, intervalMs = 1_000 }: WaitOptions,
): Promise<OrkAnswer<Value>> {
  const endsAt = clock.monotonic() + timeoutMs
  for (;;) {
    const answer = await ask(Math.max(1, endsAt - clock.monotonic()))
    if (answer.kind === 'failed' && closed.aborted) return answer
    const found: Found<Value> = answer.kind === 'ok' ? find(answer.value) : { kind: 'missing', instead: answer.message }
    if (found.kind === 'found') return { kind: 'ok', value: found.value }
    if (clock.monotonic() + intervalMs > endsAt) return failed(lateCode, `not in ${timeoutMs} ms: ${found.instead}`)
    await clock.sleep(intervalMs, closed)
  }
}
