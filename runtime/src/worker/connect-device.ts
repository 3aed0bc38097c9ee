import type { DeviceEntry } from '../contract/device-list.ts'
import { sameModel } from '../contract/driver-facts.ts'
import { type Parsed, problem } from '../contract/file-problem.ts'
import type { Device, Driver, DriverPorts } from '../drivers/driver.ts'

/** What a worker serves: devices of one driver, and if it has a model of that one only. */
export interface Serving {
  readonly driver: Driver
  readonly model: string | null
}

/** Makes a device of an entry, if it is one that this worker serves. An entry without a model takes the worker's. */
export function connectDevice({ driver, model }: Serving, entry: DeviceEntry, ports: DriverPorts): Parsed<Device> {
  if (entry.driver !== driver.name) {
    return problem(
      'DeviceUnusable',
      `device ${entry.id} needs the driver ${entry.driver}; this worker has ${driver.name}`,
    )
  }
  if (model !== null && entry.model !== null && !sameModel(model, entry.model)) {
    return problem('DeviceUnusable', `device ${entry.id} is a ${entry.model}; this worker serves ${model} only`)
  }
  return driver.connect({ ...entry, model: entry.model ?? model }, ports)
}
