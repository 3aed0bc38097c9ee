/**
 * Why a device didn't do what it was asked.
 * `unreachable`: no connection, or none that got as far as the request, so it did nothing; `timeout`: no answer in time (it may
 * have done it); `protocol`: it answered something that can't be understood (the same holds); `refused`: it answered that it
 * won't; `unauthorized`: it doesn't let us, and won't until somebody changes credentials or settings; `unsupported`: the driver
 * has no such command; `busy`: too many calls wait for it; `closed`: the device was closed here before it did anything.
 */
export type DeviceFailure =
  | 'unreachable'
  | 'timeout'
  | 'protocol'
  | 'refused'
  | 'unauthorized'
  | 'unsupported'
  | 'busy'
  | 'closed'

/** The only error that a device rejects with. The message says what was attempted and never holds credentials. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError'
  readonly failure: DeviceFailure

  constructor(failure: DeviceFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }
}
