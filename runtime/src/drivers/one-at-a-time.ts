import { DeviceError } from './device-error.ts'

/** How many calls may wait for a device beside the one that runs. */
const waitingLimit = 16

/** Runs the tasks that it is given one after the other, in order. Rejects as `busy` when too many wait. */
export function oneAtATime(): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  let pending = 0
  return async (task) => {
    if (pending > waitingLimit) throw new DeviceError('busy', `more than ${waitingLimit} calls wait for the device`)
    pending += 1
    const run = last.then(task)
    last = run.catch(() => undefined)
    try {
      return await run
    } finally {
      pending -= 1
    }
  }
}
