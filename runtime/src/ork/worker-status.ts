import type { WorkerStatus } from '../contract/status.ts'
import type { LinkError } from '../net/link.ts'
import type { Health } from './modules/health-monitor/machine.ts'
import type { Conflict } from './modules/worker-registry/device-index.ts'
import type { Worker } from './modules/worker-registry/machine.ts'

/** All that is known of one worker. */
export interface WorkerFacts {
  readonly worker: Worker
  /** Devices that it has, sorted. */
  readonly devices: readonly string[]
  readonly conflicts: readonly Conflict[]
  readonly health: Health
  /** Devices that weren't well, sorted; also such as it doesn't have any more. Null while nothing is known. */
  readonly unhealthy: readonly string[] | null
  readonly linked: boolean
  /** Why the last dial failed; null while there is a link, and until a dial has failed. */
  readonly dialFailure: LinkError | null
  /** The key of another process that claims the worker's name; null if none does. */
  readonly claimant: string | null
  /** What is held back from it, a sentence without its subject; null if nothing is. */
  readonly heldBack: string | null
  /** What the registry has to say, a sentence without its subject. */
  readonly registryProblem: string | null
}

/** A worker in ORK's status. */
export function formatWorkerStatus(facts: WorkerFacts): WorkerStatus {
  const { worker, devices, health, unhealthy } = facts
  return {
    workerId: worker.workerId,
    publicKey: worker.publicKey,
    state: worker.state,
    health: health.state,
    driver: worker.driver,
    model: worker.model,
    revision: worker.revision,
    devices: [...devices],
    unhealthy: [...unhealthyAmong(devices, unhealthy)],
    problem: problemOf(facts),
  }
}

/**
 * A device that the worker has no more may still be among those that were unhealthy when its states were last pulled. Of whom nothing
 * is known yet none passes for healthy.
 */
export function unhealthyAmong(devices: readonly string[], unhealthy: readonly string[] | null): readonly string[] {
  if (unhealthy === null) return devices
  if (unhealthy.length === 0) return unhealthy
  const own = new Set(devices)
  return unhealthy.filter((deviceId) => own.has(deviceId))
}

/** The first thing to look at, as a sentence; null if all is well. */
function problemOf(facts: WorkerFacts): string | null {
  const { worker, conflicts, health, linked, registryProblem, claimant } = facts
  if (!linked && registryProblem === null) return linkProblem(facts)
  if (registryProblem !== null) return registryProblem
  if (health.state === 'SICK' || health.state === 'DEAD') {
    return `it has not answered the last ${health.misses} pings; it is dialled again beside its connection`
  }
  if (worker.state !== 'READY') return 'it is being registered'
  return facts.heldBack ?? conflictProblem(conflicts) ?? claimantProblem(claimant)
}

function linkProblem({ worker: { address, registeredAt }, dialFailure }: WorkerFacts): string {
  if (dialFailure === null) {
    return registeredAt === null ? 'it is being dialled' : 'its connection ended; it is being dialled'
  }
  return address === null
    ? 'it is not found on the DHT'
    : `no answer at ${address.host}:${address.port} and not found on the DHT`
}

function conflictProblem(conflicts: readonly Conflict[]): string | null {
  const [first, ...others] = conflicts
  if (first === undefined) return null
  const more = others.length === 0 ? '' : ` (and ${others.length} more such)`
  return `it claims device ${first.deviceId}, which worker ${first.owner} has${more}; take it off one of the two`
}

function claimantProblem(claimant: string | null): string | null {
  if (claimant === null) return null
  return `the process with the key ${claimant} calls itself by its name and is refused; end one of the two`
}
