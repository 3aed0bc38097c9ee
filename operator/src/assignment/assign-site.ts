// Decides which device of a site belongs to which worker. All controllers use this one decision.
// Invariants:
//   A1 a device belongs to one worker or to none, and then there is a reason
//   A2 the result doesn't depend on the order of the input
//   A3 what two claim goes to the older, then the lower name
//   A4 a worker id is run by one shard
import type { DriverFacts } from '../../../runtime/src/contract/index.ts'
import { type MdkRack, type MdkWorker, workerId } from '../api/v1alpha1/index.ts'
import type {
  Assignment,
  Claim,
  DuplicateAddress,
  RackAssignment,
  Shard,
  UnassignedDevice,
  WorkerAssignment,
} from './assignment.ts'
import { type DeclaredDevice, declaredDevices, findFlaw } from './declared-device.ts'
import { findDuplicateAddresses } from './duplicate-addresses.ts'
import { noWorkerMessage } from './no-worker-message.ts'
import { compareSeniority, compareTexts } from './seniority.ts'
import { findReach, fitsDevice, type WorkerReach } from './worker-reach.ts'

export interface AssignmentInput {
  /** Name of the site. */
  readonly site: string
  /** Racks and workers of the namespace; those of other sites are left out here. */
  readonly racks: readonly MdkRack[]
  readonly workers: readonly MdkWorker[]
  readonly drivers: readonly DriverFacts[]
}

export function assignSite(input: AssignmentInput): Assignment {
  const racks = input.racks.filter((rack) => rack.spec.siteRef.name === input.site).sort(compareSeniority)
  const workers = input.workers.filter((worker) => worker.spec.siteRef.name === input.site).sort(compareSeniority)
  const sorting = sortDevices(racks, input.drivers)
  const reaches = workers.map((worker) => findReach(worker, racks, sorting.placeable, input.drivers))
  const places = racks.map((rack) => placeRack(rack, sorting, reaches, input.site))
  return {
    racks: new Map(places.map(({ result }) => [result.rack, result])),
    workers: collectWorkers(reaches, places),
  }
}

interface Sorting {
  readonly declared: ReadonlyMap<string, readonly DeclaredDevice[]>
  /** By rack: devices that only the lack of a worker can keep from being served. */
  readonly placeable: ReadonlyMap<string, readonly DeclaredDevice[]>
  /** By device id. */
  readonly flaws: ReadonlyMap<string, UnassignedDevice>
  /** By device id. */
  readonly duplicates: ReadonlyMap<string, DuplicateAddress>
}

/** `racks` come in order of seniority, which decides who keeps an address (A3). */
function sortDevices(racks: readonly MdkRack[], drivers: readonly DriverFacts[]): Sorting {
  const declared = new Map(racks.map((rack) => [rack.metadata.name, declaredDevices(rack, drivers)]))
  const all = [...declared.values()].flat()
  const flaws = new Map<string, UnassignedDevice>()
  for (const device of all) {
    const flaw = findFlaw(device, drivers)
    if (flaw !== null) flaws.set(device.entry.id, flaw)
  }
  // A device that nobody could serve doesn't take an address from one that can be.
  const duplicates = findDuplicateAddresses(all.filter(({ entry }) => !flaws.has(entry.id)))
  const placeable = new Map(
    [...declared].map(([rack, devices]) => [
      rack,
      devices.filter(({ entry }) => !flaws.has(entry.id) && !duplicates.has(entry.id)),
    ]),
  )
  return { declared, placeable, flaws, duplicates }
}

interface Placement {
  readonly device: DeclaredDevice
  readonly worker: MdkWorker
  /** Workers that would fit too. */
  readonly others: readonly MdkWorker[]
}

interface RackPlaces {
  readonly result: RackAssignment
  readonly placements: readonly Placement[]
}

function placeRack(rack: MdkRack, sorting: Sorting, reaches: readonly WorkerReach[], site: string): RackPlaces {
  const name = rack.metadata.name
  const here = reaches.filter(({ racks }) => racks.has(name))
  const unassigned: UnassignedDevice[] = []
  const duplicates: DuplicateAddress[] = []
  const placements: Placement[] = []
  const declared = sorting.declared.get(name) ?? []
  for (const device of declared) {
    const flaw = sorting.flaws.get(device.entry.id)
    const duplicate = sorting.duplicates.get(device.entry.id)
    const [first, ...others] = here.map(({ worker }) => worker).filter((worker) => fitsDevice(worker, device))
    if (flaw !== undefined) unassigned.push(flaw)
    else if (duplicate !== undefined) {
      duplicates.push(duplicate)
      unassigned.push(conflict(duplicate))
    } else if (first !== undefined) placements.push({ device, worker: first, others })
    else {
      const message = noWorkerMessage(site, rack, device, reaches)
      unassigned.push({ name: device.name, reason: 'NoWorker', message })
    }
  }
  const assigned = placements.map(({ device, worker }) => ({
    deviceId: device.entry.id,
    workerId: workerId(worker.metadata.name, name),
  }))
  return { result: { rack: name, declared: declared.length, assigned, unassigned, duplicates }, placements }
}

function conflict({ name, address, keptBy }: DuplicateAddress): UnassignedDevice {
  return {
    name,
    reason: 'Conflict',
    message: `${address} is the address of device ${keptBy} already; correct one of the two`,
  }
}

/** `reaches` come in order of seniority, which decides who keeps a worker id (A3, A4). */
function collectWorkers(
  reaches: readonly WorkerReach[],
  places: readonly RackPlaces[],
): ReadonlyMap<string, WorkerAssignment> {
  const shards = new Map<string, Shard[]>()
  const claims = new Map<string, Claim[]>()
  for (const { result, placements } of places) {
    for (const [worker, own] of Map.groupBy(placements, ({ worker }) => worker)) {
      push(shards, worker.metadata.name, shardOf(worker, result.rack, own))
    }
    for (const { device, worker, others } of placements) {
      const claim = { deviceId: device.entry.id, servedBy: worker.metadata.name }
      for (const other of others) push(claims, other.metadata.name, claim)
    }
  }
  const holders = new Map<string, string>()
  return new Map(
    reaches.map(({ worker: { metadata }, problem, missingRacks }) => [
      metadata.name,
      {
        worker: metadata.name,
        problem,
        shards: nameShards(shards.get(metadata.name) ?? [], holders),
        missingRacks,
        claims: (claims.get(metadata.name) ?? []).sort((a, b) => compareTexts(a.deviceId, b.deviceId)),
      },
    ]),
  )
}

function shardOf(worker: MdkWorker, rack: string, placements: readonly Placement[]): Shard {
  return {
    id: rack,
    workerId: workerId(worker.metadata.name, rack),
    worker: worker.metadata.name,
    driver: worker.spec.driver,
    model: worker.spec.model ?? null,
    devices: placements.map(({ device }) => device.entry).sort((a, b) => compareTexts(a.id, b.id)),
    nameTakenBy: null,
  }
}

/** Gives each worker id to the first that asks; `a` in rack `b-c` and `a-b` in rack `c` ask for the same. */
function nameShards(shards: readonly Shard[], holders: Map<string, string>): readonly Shard[] {
  return [...shards]
    .sort((a, b) => compareTexts(a.id, b.id))
    .map((shard) => {
      const holder = holders.get(shard.workerId)
      if (holder === undefined) holders.set(shard.workerId, shard.worker)
      return holder === undefined ? shard : { ...shard, nameTakenBy: holder }
    })
}

function push<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
