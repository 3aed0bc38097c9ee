import type { Clock } from '../machine/clock.ts'
import { DeviceError } from './device-error.ts'

/**
 * Runs a task with a signal that is aborted, with a DeviceError as reason, after `timeoutMs` or when `closed` is. The task has
 * to heed the signal: its own rejection is what the caller sees.
 */
export async function withDeadline<Result>(
  clock: Clock,
  timeoutMs: number,
  closed: AbortSignal,
  task: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  closed.throwIfAborted()
  const late = new AbortController()
  const cancel = clock.after(timeoutMs, () => {
    late.abort(new DeviceError('timeout', `the device did not answer within ${timeoutMs} ms`))
  })
  try {
    return await task(AbortSignal.any([late.signal, closed]))
  } finally {
    cancel()
  }
}
