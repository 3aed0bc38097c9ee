import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../machine/clock.ts'
import type { OrkAnswer } from './ork-answer.ts'
import type { SiteStatus } from './site-status.ts'

export interface WatchParts {
  readonly clock: Clock
  readonly getStatus: () => Promise<OrkAnswer<SiteStatus>>
  /** Time between two questions. */
  readonly intervalMs: number
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/** The status now, and then whenever it is another one; that it can't be had is one too. */
export async function* watchStatus({
  clock,
  getStatus,
  intervalMs,
  signal,
}: WatchParts): AsyncGenerator<OrkAnswer<SiteStatus>, void> {
  const isOver = (): boolean => signal.aborted
  let last: OrkAnswer<SiteStatus> | null = null
  while (!isOver()) {
    const answer = await getStatus()
    if (isOver()) return
    if (!isDeepStrictEqual(answer, last)) yield answer
    last = answer
    await clock.sleep(intervalMs, signal)
  }
}
