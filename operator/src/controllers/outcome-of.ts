import { again, done, type Outcome, retry } from '../engine/outcome.ts'
import type { StatusResult } from '../kube/status-writer.ts'
import { earliest, formatObject, type Setback } from './steps.ts'

/** What is left over from a deleted namesake goes within seconds; its going may not be seen. */
const leavingAgainMs = 1_000
/** Somebody must make room, and their doing so may not be seen. */
const takenAgainMs = 60_000

/** How a run ended: when to look again, or that something was refused and is to be tried again more and more slowly. */
export function outcomeOf(planAgainMs: number | null, setbacks: readonly Setback[], status: StatusResult): Outcome {
  if (status.kind === 'absent') return done
  const refused = setbacks.find((setback) => setback.kind === 'refused')
  if (refused?.kind === 'refused') {
    return retry(new Error(`${formatObject(refused.object)} was refused`, { cause: refused.error }))
  }
  const setbackMs = setbacks.map(({ kind }) => (kind === 'taken' ? takenAgainMs : leavingAgainMs))
  const afterMs = earliest(planAgainMs, status.againMs, ...setbackMs)
  return afterMs === null ? done : again(afterMs)
}
