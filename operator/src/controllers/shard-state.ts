import type { WorkerStatus } from '../../../runtime/src/contract/index.ts'
import type { ShardReason, ShardStatus } from '../api/v1alpha1/index.ts'
import type { Shard } from '../assignment/assignment.ts'
import type { Deployment } from '../kube/types.ts'
import { deviceListOf } from '../resources/device-list.ts'
import type { OrkKnowledge, OrkView } from './ork-knowledge.ts'

/** What was seen of one shard. */
export interface SeenShard {
  readonly shard: Shard
  /** Public key in its key Secret; null while there is none. */
  readonly publicKey: string | null
  readonly deployment: Deployment | null
  /** What keeps its pod from running; null if nothing is known to. */
  readonly trouble: string | null
  /** What keeps it from being run as declared. `PodNotReady`: an object of it can't be written. */
  readonly problem: 'NameTaken' | 'DeviceListTooLarge' | 'PodNotReady' | null
  /** What status says of it now, which counts while ORK isn't heard. */
  readonly earlier: ShardStatus | undefined
}

export interface ShardState {
  readonly shard: Shard
  readonly publicKey: string | null
  readonly reason: ShardReason
  /** What keeps its pod from running; null with every reason but `PodNotReady`. */
  readonly trouble: string | null
  readonly assigned: number
  readonly registered: number
  readonly healthy: number
  /** Ids of assigned devices that aren't registered, and of registered ones that aren't healthy; empty while ORK isn't heard. */
  readonly missing: readonly string[]
  readonly sick: readonly string[]
  /** Whether the worker says that it runs another device list than the one that is wanted. */
  readonly outdated: boolean
}

/** Puts together what the cluster and ORK say of a shard. */
export function decideShardState(seen: SeenShard, ork: OrkKnowledge): ShardState {
  const { shard, publicKey } = seen
  const registration = registrationBy(seen, ork)
  const trouble = registration.reason === 'PodNotReady' ? seen.trouble : null
  return { shard, publicKey, assigned: shard.devices.length, trouble, ...registration }
}

function registrationBy(seen: SeenShard, ork: OrkKnowledge): Registration {
  switch (ork.kind) {
    case 'heard':
      return registrationOf(seen, findWorker(ork.view, seen))
    case 'absent':
      return registrationOf(seen, null)
    case 'awaited':
    case 'silent':
      return earlierRegistration(seen)
  }
}

type Registration = Omit<ShardState, 'shard' | 'publicKey' | 'assigned' | 'trouble'>
type DeviceStates = Omit<Registration, 'reason'>

/** `worker` is null while ORK hasn't it as READY. */
function registrationOf(seen: SeenShard, worker: WorkerStatus | null): Registration {
  const reason = reasonOf(seen, reasonOfWorker(worker))
  return { reason, ...(worker === null ? noneRegistered(seen.shard) : compare(seen.shard, worker)) }
}

function noneRegistered({ devices }: Shard): DeviceStates {
  return { registered: 0, healthy: 0, missing: devices.map(({ id }) => id), sick: [], outdated: false }
}

/** Three controllers ask the same of each shard, at each word of ORK, which mostly is about another. */
const compared = new WeakMap<WorkerStatus, { readonly shard: Shard; readonly states: DeviceStates }>()

function compare(shard: Shard, worker: WorkerStatus): DeviceStates {
  const before = compared.get(worker)
  if (before?.shard === shard) return before.states
  const known = new Set(worker.devices)
  const ailing = new Set(worker.unhealthy)
  const assigned = shard.devices.map(({ id }) => id)
  const present = assigned.filter((id) => known.has(id))
  const sick = worker.health === 'HEALTHY' ? present.filter((id) => ailing.has(id)) : present
  const states = {
    registered: present.length,
    healthy: present.length - sick.length,
    missing: assigned.filter((id) => !known.has(id)),
    sick,
    outdated: worker.revision !== null && worker.revision !== deviceListOf(shard.devices).revision,
  }
  compared.set(worker, { shard, states })
  return states
}

/** What was known last, as far as it can still be true. */
function earlierRegistration(seen: SeenShard): Registration {
  const { registered = 0, healthy = 0 } = seen.earlier ?? {}
  const stillRegistered = Math.min(registered, seen.shard.devices.length)
  return {
    reason: reasonOf(seen, null),
    registered: stillRegistered,
    healthy: Math.min(healthy, stillRegistered),
    missing: [],
    sick: [],
    outdated: false,
  }
}

/** Whether the one pod of a Deployment is ready and is of the template that was asked for. */
export function isPodReady(deployment: Deployment | null): boolean {
  if (deployment === null) return false
  const { observedGeneration = 0, updatedReplicas = 0, readyReplicas = 0 } = deployment.status ?? {}
  return observedGeneration >= (deployment.metadata.generation ?? 0) && updatedReplicas > 0 && readyReplicas > 0
}

/** ORK's entry for the shard if it is READY; one under another key is of a process that is gone. */
function findWorker(view: OrkView, { shard, publicKey }: SeenShard): WorkerStatus | null {
  const worker = view.workers.get(shard.workerId)
  return worker !== undefined && worker.publicKey === publicKey && worker.state === 'READY' ? worker : null
}

function reasonOfWorker(ready: WorkerStatus | null): ShardReason {
  if (ready === null) return 'NotRegistered'
  return ready.health === 'DEAD' ? 'Unreachable' : 'Ready'
}

/** `registration` is null while ORK isn't heard: then what was known of it stands. */
function reasonOf({ shard, problem, deployment, earlier }: SeenShard, registration: ShardReason | null): ShardReason {
  if (shard.nameTakenBy !== null) return 'NameTaken'
  if (problem !== null) return problem
  if (!isPodReady(deployment)) return 'PodNotReady'
  if (registration !== null) return registration
  if (earlier?.ready === true) return 'Ready'
  return earlier?.reason === 'Unreachable' ? 'Unreachable' : 'NotRegistered'
}
