import { type DriverFacts, knowsModel, sameModel } from '../../../runtime/src/contract/index.ts'
import { type MdkRack, type MdkWorker, maxRacksOfWorker } from '../api/v1alpha1/index.ts'
import type { WorkerProblem } from './assignment.ts'
import type { DeclaredDevice } from './declared-device.ts'
import { matchesSelector } from './matches-selector.ts'
import { compareSeniority, compareTexts } from './seniority.ts'

/** Which racks a worker may serve devices of. */
export interface WorkerReach {
  readonly worker: MdkWorker
  readonly problem: WorkerProblem | null
  /** Names of racks that it serves if a device there fits; none when its driver or model is unknown. */
  readonly racks: ReadonlySet<string>
  /** Names of racks that it declares beyond the limit. */
  readonly refusedRacks: ReadonlySet<string>
  readonly missingRacks: readonly string[]
}

/** Whether a worker is software for a device: equal driver, and a model that is absent or equal. */
export function fitsDevice(worker: MdkWorker, device: DeclaredDevice): boolean {
  const { driver, model } = worker.spec
  if (driver !== device.entry.driver) return false
  return model === undefined || (device.entry.model !== null && sameModel(model, device.entry.model))
}

/** Finds the racks of a worker. `racks` are those of its site; `placeable` are devices by rack that nothing else keeps from a worker. */
export function findReach(
  worker: MdkWorker,
  racks: readonly MdkRack[],
  placeable: ReadonlyMap<string, readonly DeclaredDevice[]>,
  drivers: readonly DriverFacts[],
): WorkerReach {
  const names = worker.spec.racks?.names
  const known = new Set(racks.map((rack) => rack.metadata.name))
  const missingRacks = [...(names ?? [])].filter((name) => !known.has(name)).sort(compareTexts)
  const unknown = findUnknown(worker, drivers)
  if (unknown !== null) {
    return { worker, problem: unknown, racks: new Set(), refusedRacks: new Set(), missingRacks }
  }
  const wanted = racks
    .filter((rack) => declaresRack(worker, rack))
    .filter((rack) => (placeable.get(rack.metadata.name) ?? []).some((device) => fitsDevice(worker, device)))
    .sort(compareSeniority)
    .map((rack) => rack.metadata.name)
  return {
    worker,
    problem: wanted.length > maxRacksOfWorker ? tooManyRacks(worker, wanted.length) : null,
    racks: new Set(wanted.slice(0, maxRacksOfWorker)),
    refusedRacks: new Set(wanted.slice(maxRacksOfWorker)),
    missingRacks,
  }
}

/** Whether the worker's `racks` take in this rack. */
export function declaresRack(worker: MdkWorker, rack: MdkRack): boolean {
  const { racks } = worker.spec
  if (racks?.names !== undefined) return racks.names.includes(rack.metadata.name)
  if (racks?.selector !== undefined) return matchesSelector(racks.selector, rack.metadata.labels ?? {})
  return true
}

function findUnknown(worker: MdkWorker, drivers: readonly DriverFacts[]): WorkerProblem | null {
  const { driver: name, model } = worker.spec
  const driver = drivers.find((each) => each.name === name)
  if (driver === undefined) {
    const known = drivers.map((each) => each.name).join(', ')
    return {
      reason: 'UnknownDriver',
      message: `there is no driver ${name} in this release; delete this MdkWorker and create one whose driver is one of: ${known}`,
    }
  }
  if (model !== undefined && !knowsModel(driver, model)) {
    const known = (driver.models ?? []).join(', ')
    return {
      reason: 'UnknownModel',
      message: `driver ${name} has no model ${model}; delete this MdkWorker and create one whose model is one of: ${known}`,
    }
  }
  return null
}

function tooManyRacks(worker: MdkWorker, count: number): WorkerProblem {
  return {
    reason: 'TooManyRacks',
    message:
      `${count} racks hold devices for this worker and ${maxRacksOfWorker} is the limit; the oldest ${maxRacksOfWorker} are served. ` +
      `Narrow racks and give the others to another MdkWorker with driver ${worker.spec.driver}`,
  }
}
