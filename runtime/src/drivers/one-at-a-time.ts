import type { Clock } from '../machine/clock.ts'
import { DeviceError } from './device-error.ts'

/** How many calls may wait for a device beside the one that runs. */
const waitingLimit = 16

export interface TurnLimits {
  /** A task whose turn comes after this time (of the monotonic clock) isn't run. */
  readonly beginBy?: number
}

/**
 * Runs the tasks that it is given one after the other, in order. Rejects as `busy` when too many wait, or when the turn comes
 * too late: whoever asked has given the answer up by then, and may have asked again.
 */
export function oneAtATime(
  clock: Pick<Clock, 'monotonic'>,
): <Result>(task: () => Promise<Result>, limits?: TurnLimits) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  let pending = 0
  return async (task, { beginBy = Infinity } = {}) => {
    if (pending > waitingLimit) throw new DeviceError('busy', `more than ${waitingLimit} calls wait for the device`)
    const inTime = async () => {
      if (clock.monotonic() <= beginBy) return task()
      throw new DeviceError('busy', 'nothing was sent: its turn came when nobody waited for its result any more')
    }
    pending += 1
    const run = last.then(inTime)
    last = run.catch(() => undefined)
    try {
      return await run
    } finally {
      pending -= 1
    }
  }
}
