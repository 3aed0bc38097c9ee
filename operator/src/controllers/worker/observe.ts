import { type MdkSite, type MdkWorker, shardObjectNames, siteObjectNames } from '../../api/v1alpha1/index.ts'
import { isUnknown, type Shard, type WorkerAssignment } from '../../assignment/assignment.ts'
import type { KubeObject, Secret } from '../../kube/types.ts'
import { parseSite } from '../custom-resources.ts'
import type { OrkKnowledge } from '../ork-knowledge.ts'
import { controllerUid } from '../ownership.ts'
import type { ReconcilePorts } from '../reconcile-ports.ts'
import type { LastRefresh } from '../refresh.ts'
import { siteFactsOf } from '../site-facts-of.ts'
import { formatObject } from '../steps.ts'
import { objectsOfShard } from './objects-of-shard.ts'
import type { SeenOwnShard, SeenWorker, SeenWorkerSite } from './seen-worker.ts'

export interface WorkerContext {
  readonly orkKnowledge: OrkKnowledge
  readonly refreshes: ReadonlyMap<string, LastRefresh>
}

/** All reads of one run. From caches, but for a site or a key that seems to be missing. */
export async function observeWorker(
  ports: ReconcilePorts,
  worker: MdkWorker,
  context: WorkerContext,
  signal: AbortSignal,
): Promise<SeenWorker> {
  const { namespace, name } = worker.metadata
  const { view } = ports
  const siteName = worker.spec.siteRef.name
  const found = await findSite(ports, namespace, siteName, signal)
  const assignment = view.members(namespace, siteName).assignment.workers.get(name) ?? unassigned(name)
  const shards =
    found === null
      ? []
      : await Promise.all(assignment.shards.map((shard) => observeShard(ports, worker, shard, signal)))
  return {
    worker,
    site: found === null ? null : seeSite(ports, found),
    assignment,
    shards,
    leftovers: findLeftovers(view.workerChildren(namespace, name), worker, found === null ? null : assignment),
    ...context,
  }
}

/** A site that the cache hasn't is looked for, since its absence stops what runs. One that is being deleted counts as gone. */
async function findSite(
  { kube, view }: ReconcilePorts,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<MdkSite | null> {
  const site = view.sites.get(namespace, name) ?? (await kube.get({ kind: 'MdkSite', namespace, name }, signal))
  return site === null || site.metadata.deletionTimestamp !== undefined ? null : parseSite(site)
}

function seeSite({ config, view }: ReconcilePorts, site: MdkSite): SeenWorkerSite {
  const { name, namespace } = site.metadata
  const names = siteObjectNames(name)
  const secrets = [names.topicSecret, names.adminSecret].map((secret) => view.children.Secret.get(namespace, secret))
  const discovery = view.children.ConfigMap.get(namespace, names.discoveryConfigMap)
  return { facts: siteFactsOf(site, config), complete: [...secrets, discovery].every((object) => object !== null) }
}

async function observeShard(
  { kube, randomBytes, view }: ReconcilePorts,
  worker: MdkWorker,
  shard: Shard,
  signal: AbortSignal,
): Promise<SeenOwnShard> {
  const { namespace, name } = worker.metadata
  const names = shardObjectNames(shard.workerId)
  const secret = (name: string): Secret | null => view.children.Secret.get(namespace, name)
  const key = secret(names.keySecret) ?? (await kube.get({ kind: 'Secret', namespace, name: names.keySecret }, signal))
  return {
    ...view.shard(namespace, shard, worker),
    key,
    devices: secret(names.devicesSecret),
    pods: view.podsOfShard(namespace, name, shard.id),
    freshSeed: randomBytes(32).toString('hex'),
  }
}

/**
 * What of a worker's own objects no shard needs any more. Without a site (`assignment` is null) that is what runs: keys and
 * device lists are kept for its return. A worker that this release can't serve loses nothing (W4).
 */
export function findLeftovers(
  children: readonly KubeObject[],
  worker: MdkWorker,
  assignment: WorkerAssignment | null,
): KubeObject[] {
  const own = children.filter((child) => controllerUid(child) === worker.metadata.uid)
  if (assignment === null) return own.filter(({ kind }) => kind === 'Deployment')
  if (isUnknown(assignment)) return []
  const shards = assignment.shards.filter(({ nameTakenBy }) => nameTakenBy === null)
  const wanted = new Set(shards.flatMap(({ workerId }) => objectsOfShard(workerId)))
  return own.filter((child) => !wanted.has(formatObject(child)))
}

/** A worker that is being deleted has no part in the assignment any more. */
function unassigned(worker: string): WorkerAssignment {
  return { worker, problem: null, shards: [], missingRacks: [], claims: [] }
}
