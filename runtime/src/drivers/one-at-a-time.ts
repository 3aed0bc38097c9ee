import type { Clock } from '../machine/clock.ts'
import { DeviceError } from './device-error.ts'

/** How many calls may wait for a device beside the one that runs. */
const waitingLimit = 16

export interface TurnLimits {
  /** A task whose turn comes later than this isn't run. */
  readonly patienceMs?: number
}

/**
 * Runs the tasks that it is given one after the other, in order. Rejects as `busy` when too many wait, or when the turn comes
 * too late: whoever asked has given the answer up by then, and may have asked again.
 */
export function oneAtATime(
  clock: Pick<Clock, 'now'>,
): <Result>(task: () => Promise<Result>, limits?: TurnLimits) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  let pending = 0
  return async (task, { patienceMs = Infinity } = {}) => {
    if (pending > waitingLimit) throw new DeviceError('busy', `more than ${waitingLimit} calls wait for the device`)
    const askedAt = clock.now()
    const inTime = async () => {
      if (clock.now() - askedAt <= patienceMs) return task()
      throw new DeviceError('busy', `nothing was sent: other calls took the device for more than ${patienceMs} ms`)
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
