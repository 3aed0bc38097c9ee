import { again, done, type Outcome, retry } from '../engine/outcome.ts'
import type { StatusResult } from '../kube/status-writer.ts'
import { earliest, formatObject, isRefusal, type Setback, soonAgainMs } from './steps.ts'

/** Somebody must make room, and their doing so may not be seen. */
const takenAgainMs = 60_000

/** What was refused is tried again by the key's backoff. */
const againAfter: Readonly<Record<Setback['kind'], number | null>> = {
  taken: takenAgainMs,
  leaving: soonAgainMs,
  raced: soonAgainMs,
  refused: null,
  failed: null,
}

/** How a run ended: when to look again, or that something was refused and is to be tried again more and more slowly. */
export function outcomeOf(planAgainMs: number | null, setbacks: readonly Setback[], status: StatusResult): Outcome {
  if (status.kind === 'absent') return done
  const refusal = setbacks.find(isRefusal)
  const setbackMs = setbacks.map(({ kind }) => againAfter[kind])
  const afterMs = earliest(planAgainMs, status.againMs, ...setbackMs)
  if (refusal !== undefined) {
    return retry(new Error(`${formatObject(refusal.object)} was not written`, { cause: refusal.error }), afterMs)
  }
  return afterMs === null ? done : again(afterMs)
}
