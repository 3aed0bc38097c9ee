/**
 * What one line of ORK's status stream costs the operator in a large site: what is computed for the worker, the rack and the
 * site that it concerns, up to the comparison with what is there. The reference is an edit of a rack, after which the
 * whole site is computed anew.
 */
import { performance } from 'node:perf_hooks'
import type { MdkRack } from '../../operator/src/api/v1alpha1/index.ts'
import type { Assignment, Shard } from '../../operator/src/assignment/assignment.ts'
import type { OrkKnowledge } from '../../operator/src/controllers/ork-knowledge.ts'
import { rackStatus } from '../../operator/src/controllers/rack/status.ts'
import { decideSite } from '../../operator/src/controllers/site/decide.ts'
import { siteStatus } from '../../operator/src/controllers/site/status.ts'
import { decideWorker } from '../../operator/src/controllers/worker/decide.ts'
import { workerStatus } from '../../operator/src/controllers/worker/status.ts'
import type { Secret } from '../../operator/src/kube/types.ts'
import { desiredWorkerKeySecret } from '../../operator/src/resources/key-secrets.ts'
import {
  assign,
  heard,
  orkWorker,
  rack,
  seenShard,
  seenSite,
  stored,
  worker,
  workerPair,
} from '../../operator/test/controllers/samples.ts'
import type { WorkerStatus } from '../../runtime/src/contract/index.ts'
import { type Report, reportOf } from './report.ts'

const rackCount = 100
const devicesOfRack = 500

interface OperatorOptions {
  /** Samples for each line. */
  readonly count: number
  readonly say: (what: string) => void
}

interface Site {
  readonly racks: readonly MdkRack[]
  readonly assignment: Assignment
  readonly shards: readonly Shard[]
  /** By worker id. */
  readonly registered: ReadonlyMap<string, WorkerStatus>
}

const owner = worker('w', { driver: 'simulated' })

export function benchOperatorRuns({ count, say }: OperatorOptions): Promise<Report> {
  say(`a site of ${rackCount} racks with ${devicesOfRack} devices each, ${count} lines of ORK's stream`)
  let site = siteOf(racks(0))
  const edits = sample(Math.min(count, 10), (at) => {
    site = siteOf(racks(at + 1))
    runAll(site)
  })
  const lines = { worker: [] as number[], rack: [] as number[], site: [] as number[] }
  for (let at = 0; at < count; at += 1) {
    const shard = site.shards[at % site.shards.length]
    if (shard === undefined) break
    const word = orkWorker(shard, { unhealthy: shard.devices.slice(0, at % 7).map(({ id }) => id) })
    site = { ...site, registered: new Map(site.registered).set(shard.workerId, word) }
    const orkKnowledge = heardOf(site)
    const declared = site.racks.filter(({ metadata }) => metadata.name === shard.id)
    lines.worker.push(timed(() => runWorker(site, orkKnowledge)))
    lines.rack.push(timed(() => declared.forEach((one) => runRack(site, one, orkKnowledge))))
    lines.site.push(timed(() => runSite(site, orkKnowledge)))
  }
  const measured = [
    { what: 'the MdkWorker', samplesMs: lines.worker, goalMs: null },
    { what: 'the MdkRack', samplesMs: lines.rack, goalMs: null },
    { what: 'the MdkSite', samplesMs: lines.site, goalMs: null },
  ]
  const title = `operator: one line about a worker, ${rackCount} racks of ${devicesOfRack} devices`
  return Promise.resolve(
    reportOf(title, { what: 'reference: a rack is edited', samplesMs: edits, goalMs: null }, measured),
  )
}

/** `edition` changes one device of the first rack. */
function racks(edition: number): MdkRack[] {
  return Array.from({ length: rackCount }, (_, number) => {
    const devices = Array.from({ length: devicesOfRack }, (_, at) => ({ name: `m-${at}` }))
    if (number === 0) devices.push({ name: `edition-${edition}` })
    return rack(`rack-${number}`, { driver: 'simulated', devices })
  })
}

function siteOf(declared: readonly MdkRack[]): Site {
  const assignment = assign(declared, [owner])
  const shards = assignment.workers.get('w')?.shards ?? []
  return {
    racks: declared,
    assignment,
    shards,
    registered: new Map(shards.map((shard) => [shard.workerId, orkWorker(shard)])),
  }
}

function heardOf({ registered }: Site): OrkKnowledge {
  return heard([...registered.values()])
}

function runAll(site: Site): void {
  const orkKnowledge = heardOf(site)
  runWorker(site, orkKnowledge)
  runSite(site, orkKnowledge)
  for (const declared of site.racks) runRack(site, declared, orkKnowledge)
}

const { facts } = seenSite()
const keys = new Map<string, Secret>()

/** The same object each time, as a cache has it. */
function keyOf({ id, workerId }: Shard): Secret {
  const { name, uid } = owner.metadata
  const key =
    keys.get(workerId) ??
    stored(desiredWorkerKeySecret({ site: facts, worker: { name, uid }, shard: id, workerId }, workerPair))
  keys.set(workerId, key)
  return key
}

function runWorker({ assignment, shards }: Site, orkKnowledge: OrkKnowledge): void {
  const own = assignment.workers.get('w')
  if (own === undefined) return
  const seen = {
    worker: owner,
    site: { facts, complete: true },
    assignment: own,
    shards: shards.map((shard) => ({
      ...seenShard(shard),
      key: keyOf(shard),
      devices: null,
      pods: [],
      freshSeed: '',
    })),
    leftovers: [],
    orkKnowledge,
    refreshes: new Map(),
  }
  decideWorker(seen, 0)
  workerStatus(seen, [])
}

function runSite({ assignment, shards }: Site, orkKnowledge: OrkKnowledge): void {
  const seen = seenSite({ assignment, orkKnowledge, shards: shards.map((shard) => seenShard(shard)) })
  siteStatus(seen, decideSite(seen, 0), [])
}

function runRack({ assignment, shards }: Site, declared: MdkRack, orkKnowledge: OrkKnowledge): void {
  const { name } = declared.metadata
  const own = assignment.racks.get(name)
  if (own === undefined) return
  const ofRack = shards.filter(({ id }) => id === name).map((shard) => seenShard(shard))
  rackStatus({ rack: declared, siteExists: true, assignment: own, shards: ofRack, orkKnowledge })
}

function sample(count: number, task: (at: number) => void): number[] {
  return Array.from({ length: count }, (_, at) => timed(() => task(at)))
}

function timed(task: () => void): number {
  const startedAt = performance.now()
  task()
  return performance.now() - startedAt
}
