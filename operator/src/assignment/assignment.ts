import type { DeviceEntry } from '../../../runtime/src/contract/index.ts'
import type { UnassignedReason } from '../api/v1alpha1/index.ts'

/** Which device of a site belongs to which worker, and why the others belong to none. */
export interface Assignment {
  /** By name of the MdkRack. */
  readonly racks: ReadonlyMap<string, RackAssignment>
  /** By name of the MdkWorker. */
  readonly workers: ReadonlyMap<string, WorkerAssignment>
}

export interface RackAssignment {
  readonly rack: string
  /** How many devices the rack lists. */
  readonly declared: number
  /** Devices that one worker has, in order of their ids. */
  readonly assigned: readonly AssignedDevice[]
  /** All others, in order of their names. `assigned` and `unassigned` together are `declared`. */
  readonly unassigned: readonly UnassignedDevice[]
  /** Devices of this rack whose address another device has already, in order of their names. */
  readonly duplicates: readonly DuplicateAddress[]
}

export interface AssignedDevice {
  readonly deviceId: string
  readonly workerId: string
}

export interface UnassignedDevice {
  /** As in its rack. */
  readonly name: string
  readonly reason: UnassignedReason
  /** A sentence, not limited in length. */
  readonly message: string
}

export interface DuplicateAddress {
  /** As in its rack. */
  readonly name: string
  /** As people write it: host, port and unit. */
  readonly address: string
  /** Id of the device that keeps the address. */
  readonly keptBy: string
}

export interface WorkerAssignment {
  readonly worker: string
  /** Why the worker can't do what it declares; waiting won't help. */
  readonly problem: WorkerProblem | null
  /** A shard for each rack with a device of this worker, in order of their ids; at most 256. */
  readonly shards: readonly Shard[]
  /** Those of `racks.names` that the site hasn't, sorted. */
  readonly missingRacks: readonly string[]
  /** Devices that would fit this worker and are served by another, in order of their ids. */
  readonly claims: readonly Claim[]
}

export interface WorkerProblem {
  readonly reason: 'UnknownDriver' | 'UnknownModel' | 'TooManyRacks'
  readonly message: string
}

/** Whether the worker asks for what this release doesn't have: nothing is known of what it serves. */
export function isUnknown({ problem }: WorkerAssignment): boolean {
  return problem?.reason === 'UnknownDriver' || problem?.reason === 'UnknownModel'
}

export interface Claim {
  readonly deviceId: string
  /** Name of the MdkWorker that has the device. */
  readonly servedBy: string
}

/** One worker process: an MdkWorker in one rack. */
export interface Shard {
  /** The rack's name. */
  readonly id: string
  /** `<worker>-<shard id>`. */
  readonly workerId: string
  readonly worker: string
  readonly driver: string
  /** The one model that it serves; null for every model of the driver. */
  readonly model: string | null
  /** Its device list, in order of ids. */
  readonly devices: readonly DeviceEntry[]
  /** Name of the MdkWorker whose shard has the same worker id and keeps it; this shard isn't run. */
  readonly nameTakenBy: string | null
}
