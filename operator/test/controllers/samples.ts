import {
  type DeviceEntry,
  driverFacts,
  type KeyPair,
  keyPairOfSeed,
  type WorkerStatus,
} from '../../../runtime/src/contract/index.ts'
import { apiVersion, kinds } from '../../src/api/group.ts'
import type { ObjectMeta } from '../../src/api/object-meta.ts'
import type {
  Condition,
  MdkRack,
  MdkRackSpec,
  MdkSite,
  MdkSiteSpec,
  MdkWorker,
  MdkWorkerSpec,
} from '../../src/api/v1alpha1/index.ts'
import { siteObjectNames } from '../../src/api/v1alpha1/index.ts'
import { assignSite } from '../../src/assignment/assign-site.ts'
import type { Assignment, Shard } from '../../src/assignment/assignment.ts'
import type { OrkKnowledge, OrkView } from '../../src/controllers/ork-knowledge.ts'
import type { SeenShard } from '../../src/controllers/shard-state.ts'
import type { SeenIdentity } from '../../src/controllers/site/identity.ts'
import type { SeenSite } from '../../src/controllers/site/seen-site.ts'
import { siteFactsOf } from '../../src/controllers/site-facts-of.ts'
import type { Deployment, KubeObject, Pod, Secret, StatefulSet } from '../../src/kube/types.ts'
import { desiredAppNodeKeySecret, desiredOrkKeySecret } from '../../src/resources/key-secrets.ts'
import { desiredDhtService } from '../../src/resources/services.ts'
import { desiredAdminSecret, desiredTokensSecret } from '../../src/resources/token-secrets.ts'
import { desiredTopicSecret } from '../../src/resources/topic-secret.ts'

/** Objects as a run sees them, for tests of what is decided. A site `s` in namespace `mines`, all well unless said. */

export const config = { runtimeImage: 'runtime:test', clusterDomain: 'cluster.local' }
export const bornAt = '2026-01-01T00:00:00Z'

export const orkPair: KeyPair = keyPairOfSeed('01'.repeat(32))
export const appNodePair: KeyPair = keyPairOfSeed('02'.repeat(32))
export const workerPair: KeyPair = keyPairOfSeed('03'.repeat(32))
export const topic = 'ab'.repeat(32)

function metadata(name: string): ObjectMeta {
  return {
    name,
    namespace: 'mines',
    uid: `uid-${name}`,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: bornAt,
  }
}

/** Something was written before, so that this isn't the first visit. */
export const lookedAt: Condition[] = [
  {
    type: 'Ready',
    status: 'False',
    reason: 'Starting',
    message: '',
    lastTransitionTime: bornAt,
    observedGeneration: 1,
  },
]

export function site(spec: MdkSiteSpec = {}, status: MdkSite['status'] | null = { conditions: lookedAt }): MdkSite {
  return { apiVersion, kind: kinds.site.kind, metadata: metadata('s'), spec, ...(status && { status }) }
}

export function rack(name: string, spec: Omit<MdkRackSpec, 'siteRef'>, conditions: Condition[] = lookedAt): MdkRack {
  return {
    apiVersion,
    kind: kinds.rack.kind,
    metadata: metadata(name),
    spec: { siteRef: { name: 's' }, ...spec },
    status: { conditions },
  }
}

export function worker(
  name: string,
  spec: Omit<MdkWorkerSpec, 'siteRef'>,
  status: MdkWorker['status'] = {},
): MdkWorker {
  return {
    apiVersion,
    kind: kinds.worker.kind,
    metadata: metadata(name),
    spec: { siteRef: { name: 's' }, ...spec },
    status: { conditions: lookedAt, ...status },
  }
}

export function assign(racks: readonly MdkRack[], workers: readonly MdkWorker[]): Assignment {
  return assignSite({ site: 's', racks, workers, drivers: driverFacts })
}

/** As the API server stores an object. */
export function stored<T extends KubeObject>(object: T, changes: Partial<T['metadata']> = {}): T {
  return {
    ...object,
    metadata: { ...object.metadata, uid: `uid-${object.metadata.name ?? ''}`, creationTimestamp: bornAt, ...changes },
  }
}

export function readyDeployment(name: string): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'mines', generation: 1 },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 },
  }
}

export function readyDht(readyReplicas: number): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 's-dht', namespace: 'mines' },
    status: { replicas: 3, readyReplicas },
  }
}

export function pod(name: string): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'mines', uid: `uid-${name}` },
    status: { phase: 'Running' },
  }
}

function device(id: string): DeviceEntry {
  return { id, driver: 'simulated', model: null, address: null, port: null, options: {}, credentials: {} }
}

export function shardOf(id: string, devices: readonly string[]): Shard {
  return {
    id,
    workerId: `w-${id}`,
    worker: 'w',
    driver: 'simulated',
    model: null,
    devices: devices.map((name) => device(`${id}.${name}`)),
    nameTakenBy: null,
  }
}

export function seenShard(shard: Shard, changes: Partial<SeenShard> = {}): SeenShard {
  return {
    shard,
    publicKey: workerPair.publicKey,
    deployment: readyDeployment(shard.workerId),
    trouble: null,
    problem: null,
    earlier: undefined,
    ...changes,
  }
}

export function orkWorker(shard: Shard, changes: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    workerId: shard.workerId,
    publicKey: workerPair.publicKey,
    state: 'READY',
    health: 'HEALTHY',
    driver: 'simulated',
    model: null,
    revision: null,
    devices: shard.devices.map(({ id }) => id),
    unhealthy: [],
    problem: null,
    ...changes,
  }
}

export function heard(workers: readonly WorkerStatus[], changes: Partial<OrkView> = {}): OrkKnowledge {
  const byId = new Map(workers.map((worker) => [worker.workerId, worker]))
  return {
    kind: 'heard',
    view: { publicKey: orkPair.publicKey, files: {}, workers: byId, diagnosis: null, ...changes },
  }
}

function identity(own: Secret | null): SeenIdentity {
  return { own, source: null, known: null, givenUp: null }
}

/** A site in which all is well, with one rack of two devices and one worker. */
export function seenSite(changes: Partial<SeenSite> = {}): SeenSite {
  const self = changes.site ?? site()
  const facts = siteFactsOf(self, config)
  const racks = [rack('r', { driver: 'simulated', devices: [{ name: 'm1' }, { name: 'm2' }] })]
  const assignment = assign(racks, [worker('w', { driver: 'simulated' })])
  const shards = [...assignment.workers.values()].flatMap((each) => each.shards)
  return {
    site: self,
    facts,
    assignment,
    shards: shards.map((shard) => seenShard(shard)),
    strayWorkers: [],
    identities: {
      topic: identity(stored(desiredTopicSecret(facts, topic))),
      orkKey: identity(stored(desiredOrkKeySecret(facts, orkPair))),
      appNodeKey: identity(stored(desiredAppNodeKeySecret(facts, appNodePair))),
      tokens: identity(stored(desiredTokensSecret(facts, { read: 'r'.repeat(43), command: 'c'.repeat(43) }))),
      admin: identity(stored(desiredAdminSecret(facts, 'a'.repeat(43)))),
    },
    otherSites: [],
    dht: readyDht(3),
    dhtService: stored(desiredDhtService(facts)),
    ork: readyDeployment(siteObjectNames('s').ork),
    appNode: readyDeployment(siteObjectNames('s').appNode),
    volume: null,
    pods: { dht: [], ork: [], appNode: [], workers: [] },
    orkKnowledge: heard(shards.map((shard) => orkWorker(shard))),
    memory: { refreshes: new Map(), files: {}, changedAtMs: {} },
    fresh: {
      topic: 'cd'.repeat(32),
      orkSeed: '04'.repeat(32),
      appNodeSeed: '05'.repeat(32),
      readToken: 'R'.repeat(43),
      commandToken: 'C'.repeat(43),
      adminToken: 'A'.repeat(43),
    },
    ...changes,
  }
}

/** Type, status and reason of each condition. */
export function rows(conditions: readonly Condition[] | undefined): string[] {
  return (conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`)
}
