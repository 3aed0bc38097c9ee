import type { Capabilities } from '../../protocol/worker-contract.ts'

/** A worker as far as commands are concerned. */
export interface CommandTarget {
  readonly workerId: string
  /** Whether a command that is sent in this turn of the event loop goes out, and to this instance. */
  readonly routable: boolean
  /** Whether a command had better wait for it, as it is only now being reached. */
  readonly awaited: boolean
  readonly instance: Instance
  /** Null until its contract is known. */
  readonly capabilities: Capabilities | null
}

/** Who runs commands for a worker. */
export interface Instance {
  readonly publicKey: string
  /**
   * Names the memory of commands that it has: one that is repeated to the same instance isn't run twice. Null for a worker that
   * remembers none, as upstream's.
   */
  readonly instanceId: string | null
}

export interface CommandTargets {
  /** The worker that has the device. */
  ofDevice(deviceId: string): CommandTarget | undefined
  find(workerId: string): CommandTarget | undefined
  /** Devices that the worker has. */
  devicesOf(workerId: string): readonly string[]
}
