import type { DeviceEntry } from '../../src/contract/device-list.ts'
import { DeviceError, type DeviceFailure } from '../../src/drivers/device-error.ts'
import type { Device } from '../../src/drivers/driver.ts'
import type { Json, JsonObject } from '../../src/drivers/json.ts'
import type { Snapshot } from '../../src/drivers/snapshot.ts'

/** A device that does what a test says: hardware can't be had. */
export interface ScriptedDevice extends Device {
  /** How many reads were begun. */
  reads(): number
  readonly executed: { readonly command: string; readonly params: JsonObject }[]
  readonly closed: () => boolean
  /** From now on reads and commands fail so, or succeed (null). */
  fail(failure: DeviceFailure | null): void
  /** From now on calls wait until `release` is called. */
  hold(): void
  release(): void
}

export function deviceEntry(id: string, change: Partial<DeviceEntry> = {}): DeviceEntry {
  return { id, driver: 'simulated', model: null, address: null, port: null, options: {}, credentials: {}, ...change }
}

export const goodSnapshot: Snapshot = {
  success: true,
  raw_errors: [],
  stats: { status: 'mining', power_w: 3_000 },
  config: { power_mode: 'normal' },
}

export function scriptedDevice(snapshot: Snapshot = goodSnapshot): ScriptedDevice {
  let [reads, closed] = [0, false]
  let failure: DeviceFailure | null = null
  let held: Promise<void> = Promise.resolve()
  let release = () => {}
  const executed: { command: string; params: JsonObject }[] = []
  const settle = async <Result>(result: Result): Promise<Result> => {
    await held
    if (failure !== null) throw new DeviceError(failure, `the device is ${failure}`)
    return result
  }
  return {
    read() {
      reads += 1
      return settle(snapshot)
    },
    execute(command, params): Promise<Json> {
      executed.push({ command, params })
      return settle({ done: command })
    },
    close() {
      closed = true
      return Promise.resolve()
    },
    reads: () => reads,
    executed,
    closed: () => closed,
    fail: (next) => void (failure = next),
    hold() {
      held = new Promise((resolve) => (release = resolve))
    },
    release: () => release(),
  }
}
