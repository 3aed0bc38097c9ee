import type { DeviceEntry } from '../contract/device-list.ts'
import type { Parsed } from '../contract/file-problem.ts'
import type { Clock } from '../machine/clock.ts'
import type { DeviceContract } from './device-contract.ts'
import type { Json, JsonObject } from './json.ts'
import type { TurnLimits } from './one-at-a-time.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * A driver: how to speak with one kind of device. It is a plugin: `registry.ts` names it, `contract/driver-facts.ts` has what
 * the operator must know of it, and `driver-suite.ts` is what it must do.
 */
export interface Driver {
  /** The value of WORKER. */
  readonly name: string
  /** Models that it knows; null means any. */
  readonly models: readonly string[] | null
  /** What devices of the model can do; null stands for all models of the driver together. */
  contract(model: string | null): DeviceContract
  /** Where each telemetry channel of the contract stands in a snapshot (`valueAt`). */
  readonly channels: Readonly<Record<string, string>>
  /** Makes a device of its entry. Opens nothing: a device that is switched off is connected all the same. */
  connect(entry: DeviceEntry, ports: DriverPorts): Parsed<Device, 'DeviceUnusable'>
}

/** What a driver gets from its host. */
export interface DriverPorts {
  readonly clock: Clock
  /** No call of a device takes longer, once it is its turn. */
  readonly timeoutMs: number
}

/**
 * One device.
 * Invariants, kept by every driver and checked by `driver-suite.ts`:
 *   D1 a call ends within `timeoutMs` of its turn, and rejects with a DeviceError and nothing else
 *   D2 at most one connection to the device is open at a time; calls wait for each other
 *   D3 a failure leaves nothing behind: the next call starts afresh, so a device that comes back is simply read again
 *   D4 a command whose turn comes after its `beginBy` rejects as `busy`, and nothing of it was sent
 *   D5 after `close` nothing is open and every call rejects as `closed`
 */
export interface Device {
  /** Asks the device for everything. */
  read(): Promise<Snapshot>
  /** Runs a command of the contract, with parameters that `checkParams` let through. */
  execute(command: string, params: JsonObject, limits?: TurnLimits): Promise<Json>
  /** Gives up what is under way. Idempotent. */
  close(): Promise<void>
}
