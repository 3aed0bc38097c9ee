import { type Check, type Finding, failed, ok, skipped } from '../check.ts'
import { diagnose } from '../diagnoses.ts'

/** Times of commands and logs are of no use beyond that; answers over the network and whole seconds are far below. */
const toleranceMs = 30_000

export const clock: Check = {
  name: 'clock',
  title: "the clock agrees with ORK's",
  appliesTo: ['worker', 'app-node'],
  needs: [],
  async run(_, { askOrk }) {
    return findInClock((await askOrk())?.clockAheadMs ?? null)
  },
}

/** `aheadMs`: this process's clock minus ORK's; null if ORK can't be asked. */
export function findInClock(aheadMs: number | null): Finding {
  if (aheadMs === null) return skipped("ORK's status port cannot be asked from here")
  const seconds = Math.round(Math.abs(aheadMs) / 1_000)
  if (Math.abs(aheadMs) <= toleranceMs) return ok(`${seconds} s apart`)
  return failed(diagnose('ClockOff', { seconds, direction: aheadMs > 0 ? 'ahead of' : 'behind' }))
}
