import { annotations } from '../../api/group.ts'
import { type MdkSite, type MdkWorker, shardObjectNames, siteObjectNames } from '../../api/v1alpha1/index.ts'
import { isUnknown, type WorkerAssignment } from '../../assignment/assignment.ts'
import type { KubeObject, Secret } from '../../kube/types.ts'
import type { OrkKnowledge } from '../ork-knowledge.ts'
import { controllerUid, ifOurs, siteOwner } from '../ownership.ts'
import { publicKeyOf } from '../parse-key-secret.ts'
import type { ReconcilePorts } from '../reconcile-ports.ts'
import { siteFactsOf } from '../site-facts-of.ts'
import { makeFreshIdentities } from './fresh-identities.ts'
import type { SeenIdentity } from './identity.ts'
import { knownIdentities } from './known-identities.ts'
import type { SeenIdentities, SeenSite, SiteMemory, StrayWorker } from './seen-site.ts'
import type { SourceReader } from './source-reader.ts'

/** What is known besides what the caches hold. */
export interface SiteContext {
  readonly orkKnowledge: OrkKnowledge
  readonly memory: SiteMemory
}

/** All reads of one run that may take time. From caches, but for Secrets that seem to be missing: to make one anew by mistake would split a site. */
export async function observeSite(
  ports: ReconcilePorts & { readonly sources: SourceReader },
  site: MdkSite,
  { orkKnowledge, memory }: SiteContext,
  signal: AbortSignal,
): Promise<Omit<SeenSite, 'otherSites'>> {
  const { view } = ports
  const { namespace, name } = site.metadata
  const names = siteObjectNames(name)
  const { children } = view
  const facts = siteFactsOf(site, ports.config)
  const ours = <T extends KubeObject>(object: T | null) => ifOurs(object, siteOwner(facts))
  const { assignment, workers } = view.members(namespace, name)
  const shards = workers.flatMap((worker) => {
    const own = assignment.workers.get(worker.metadata.name)?.shards ?? []
    return own.map((shard) => view.shard(namespace, shard, worker))
  })
  return {
    site,
    facts,
    assignment,
    shards,
    strayWorkers: workers.flatMap((worker) =>
      observeStrays(ports, worker, assignment.workers.get(worker.metadata.name)),
    ),
    identities: await observeIdentities(ports, site, signal),
    dht: ours(children.StatefulSet.get(namespace, names.dht)),
    dhtService: ours(children.Service.get(namespace, names.dht)),
    ork: ours(children.Deployment.get(namespace, names.ork)),
    appNode: ours(children.Deployment.get(namespace, names.appNode)),
    volume: ours(children.PersistentVolumeClaim.get(namespace, names.ork)),
    pods: {
      dht: view.pods(namespace, name, 'dht'),
      ork: view.pods(namespace, name, 'ork'),
      appNode: view.pods(namespace, name, 'app-node'),
      workers: view.pods(namespace, name, 'worker'),
    },
    orkKnowledge,
    memory,
    fresh: makeFreshIdentities(ports.randomBytes),
  }
}

/** What a release that knew the driver has started for a worker. A Deployment has the name of its worker. */
function observeStrays(
  { view }: Pick<ReconcilePorts, 'view'>,
  { metadata }: MdkWorker,
  assignment: WorkerAssignment | undefined,
): StrayWorker[] {
  if (assignment === undefined || !isUnknown(assignment)) return []
  const { name, namespace, uid } = metadata
  const running = view.workerChildren(namespace, name).filter((child) => child.kind === 'Deployment')
  return running.flatMap((deployment) => {
    const { name: id = '' } = deployment.metadata
    const publicKey = publicKeyOf(view.children.Secret.get(namespace, shardObjectNames(id).keySecret))
    return publicKey === null || controllerUid(deployment) !== uid ? [] : [{ workerId: id, publicKey }]
  })
}

async function observeIdentities(
  ports: Pick<ReconcilePorts, 'view' | 'kube'> & { readonly sources: SourceReader },
  site: MdkSite,
  signal: AbortSignal,
): Promise<SeenIdentities> {
  const { annotations: marks = {}, name, namespace } = site.metadata
  const { discovery, ork, appNode } = site.spec ?? {}
  const names = siteObjectNames(name)
  const known = knownIdentities(site)
  const source = async (reference: Reference) =>
    reference === undefined
      ? null
      : { name: reference.name, secret: await ports.sources.read(namespace, reference.name, signal) }
  const observe = async (secret: string, fact: string | null, reference: Reference): Promise<SeenIdentity> => ({
    own: await readOwn(ports, namespace, secret, signal),
    source: await source(reference),
    known: fact,
    givenUp: marks[annotations.giveUp] ?? null,
  })
  const [topic, orkKey, appNodeKey, tokens, admin] = await Promise.all([
    observe(names.topicSecret, known.topicHash, discovery?.topicSecretRef),
    observe(names.orkKeySecret, known.orkPublicKey, ork?.keySecretRef),
    observe(names.appNodeKeySecret, known.appNodePublicKey, undefined),
    observe(names.tokensSecret, null, appNode?.tokensSecretRef),
    observe(names.adminSecret, null, undefined),
  ])
  return { topic, orkKey, appNodeKey, tokens, admin }
}

type Reference = { readonly name: string } | undefined

function readOwn(
  { kube, view }: Pick<ReconcilePorts, 'view' | 'kube'>,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<Secret | null> {
  const cached = view.children.Secret.get(namespace, name)
  return cached === null ? kube.get({ kind: 'Secret', namespace, name }, signal) : Promise.resolve(cached)
}
