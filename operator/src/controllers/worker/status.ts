// The status of a worker, of what was seen and what the API server refused. Pure.
import { type MdkWorkerStatus, type ShardStatus, shardObjectNames, workerConditions } from '../../api/v1alpha1/index.ts'
import type { Claim } from '../../assignment/assignment.ts'
import { type Complete, conditionsOf, earlierFinding, type Findings, type ReadyFinding } from '../conditions.ts'
import {
  awaitingSite,
  type DeviceTotals,
  findHealthy,
  findRegistered,
  firstTrouble,
  sumShards,
  troubleNote,
} from '../device-findings.ts'
import { countThings, listNames } from '../messages.ts'
import type { OrkKnowledge } from '../ork-knowledge.ts'
import { workerOwner } from '../ownership.ts'
import { decideShardState, type ShardState } from '../shard-state.ts'
import { formatObject, formatSetbacks, type Setback } from '../steps.ts'
import { objectsOfShard } from './objects-of-shard.ts'
import type { SeenWorker } from './seen-worker.ts'
import { findShardProblem } from './shard-problem.ts'

type WorkerFindings = Findings<typeof workerConditions>

export function workerStatus(seen: SeenWorker, setbacks: readonly Setback[]): Complete<MdkWorkerStatus> {
  const { assignment, worker } = seen
  const owner = workerOwner(worker.metadata)
  const states = seen.shards.map((shard) =>
    decideShardState({ ...shard, problem: findShardProblem(shard, owner, setbacks) }, seen.orkKnowledge),
  )
  const totals = seen.site === null ? withoutSite(seen) : sumShards(states)
  const { assigned, registered, healthy } = totals
  return {
    observedGeneration: worker.metadata.generation,
    shards: states.length,
    readyShards: states.filter(({ reason }) => reason === 'Ready').length,
    shardStatus: states.map(formatShard),
    devices: { assigned, registered, healthy },
    conditions: conditionsOf(workerConditions, worker, findAll(seen, setbacks, { states, totals }), {
      before: findFirst(seen, setbacks, states),
      otherwise: findWell(registered, assignment.claims),
    }),
  }
}

function formatShard({ shard, publicKey, assigned, registered, healthy, reason }: ShardState): ShardStatus {
  return {
    id: shard.id,
    workerId: shard.workerId,
    ...(publicKey === null ? {} : { publicKey }),
    assigned,
    registered,
    healthy,
    ready: reason === 'Ready',
    reason,
  }
}

/** What is assigned doesn't depend on the site; without it nothing runs. */
function withoutSite({ assignment }: SeenWorker): DeviceTotals {
  const assigned = assignment.shards.reduce((sum, { devices }) => sum + devices.length, 0)
  return { ...sumShards([]), assigned }
}

interface Counted {
  readonly states: readonly ShardState[]
  readonly totals: DeviceTotals
}

function findAll(seen: SeenWorker, setbacks: readonly Setback[], { states, totals }: Counted): WorkerFindings {
  const { worker } = seen
  const ork: OrkKnowledge = seen.site === null ? { kind: 'absent' } : seen.orkKnowledge
  return {
    ShardsReady: seen.site === null && totals.assigned > 0 ? awaitingSite : findShards(states, setbacks),
    DevicesRegistered: findRegistered(totals, ork, earlierFinding(workerConditions, worker, 'DevicesRegistered')),
    DevicesHealthy: findHealthy(totals, ork, earlierFinding(workerConditions, worker, 'DevicesHealthy')),
    Conflict: findConflict(seen.assignment.claims),
  }
}

/** What comes before all rows: what waiting won't help, then what is waited for. */
function findFirst(
  seen: SeenWorker,
  setbacks: readonly Setback[],
  states: readonly ShardState[],
): ReadyFinding<typeof workerConditions> | null {
  const { assignment, site, worker } = seen
  if (assignment.problem !== null && assignment.problem.reason !== 'TooManyRacks') return assignment.problem
  if (site === null) {
    const { name } = worker.spec.siteRef
    return {
      reason: 'WaitingForSite',
      message: `there is no MdkSite ${name} in namespace ${worker.metadata.namespace}`,
    }
  }
  if (assignment.problem !== null) return assignment.problem
  const taken = states.find(({ reason }) => reason === 'NameTaken')
  if (taken !== undefined) return { reason: 'NameTaken', message: takenMessage(taken, setbacks) }
  if (!site.complete && seen.shards.some(({ deployment }) => deployment === null)) {
    return { reason: 'WaitingForSite', message: `MdkSite ${site.facts.name} has no identity yet; its status says why` }
  }
  if (assignment.missingRacks.length > 0) {
    const missing = listNames(assignment.missingRacks)
    const others = assignment.shards.length === 0 ? '' : '; the others are served'
    return {
      reason: 'RackNotFound',
      message: `racks of racks.names that aren't there, or are of another site: ${missing}${others}`,
    }
  }
  return null
}

function takenMessage({ shard }: ShardState, setbacks: readonly Setback[]): string {
  if (shard.nameTakenBy !== null) {
    return (
      `the worker id ${shard.workerId} is that of MdkWorker ${shard.nameTakenBy}, which is older; ` +
      'rename this MdkWorker or its rack'
    )
  }
  const own = objectsOfShard(shard.workerId)
  const taken = setbacks.filter(({ kind }) => kind === 'taken').map(({ object }) => formatObject(object))
  const object = taken.find((name) => own.includes(name)) ?? `Secret ${shardObjectNames(shard.workerId).keySecret}`
  return `${object} exists and doesn't belong to this MdkWorker; rename or delete it, or rename this MdkWorker`
}

function findShards(states: readonly ShardState[], setbacks: readonly Setback[]): WorkerFindings['ShardsReady'] {
  const note = formatSetbacks(setbacks)
  const waiting = states.filter(({ reason }) => reason !== 'Ready')
  const counted = `${states.length - waiting.length} of ${states.length} shards are ready`
  if (waiting.length > 0) {
    const named = listNames(waiting.map(({ shard, reason }) => `${shard.id} (${reason})`))
    return {
      reason: 'ShardsNotReady',
      message: `${counted}; not yet: ${named}${troubleNote(firstTrouble(states))}${note}`,
    }
  }
  if (note !== '') return { reason: 'ShardsNotReady', message: `${counted}${note}` }
  if (states.length === 0) return { reason: 'NoWorkers', message: 'no shard is needed' }
  return { reason: 'AllReady', message: `all ${states.length} shards are ready` }
}

function findConflict(claims: readonly Claim[]): WorkerFindings['Conflict'] {
  if (claims.length === 0) return null
  const others = listNames([...new Set(claims.map(({ servedBy }) => servedBy))])
  const devices = listNames(claims.map(({ deviceId }) => deviceId))
  const things = countThings(claims.length, 'device is', 'devices are')
  return {
    reason: 'DeviceClaimed',
    message: `${things} served by MdkWorker ${others}, which is older: ${devices}; narrow racks or model of one of the two`,
  }
}

function findWell(registered: number, claims: readonly Claim[]): ReadyFinding<typeof workerConditions> {
  if (registered === 0) {
    const claimed = findConflict(claims)?.message
    const none = 'there is no device for this worker'
    return { reason: 'NoDevices', message: claimed === undefined ? none : `${none}: ${claimed}` }
  }
  return { reason: 'AllRegistered', message: `${countThings(registered, 'device is', 'devices are')} registered` }
}
