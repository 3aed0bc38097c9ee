// What the controllers read: caches, and look-ups over them. Everything here is in memory.
import { driverFacts } from '../../../runtime/src/contract/index.ts'
import { type Component, labels } from '../api/group.ts'
import { type MdkRack, type MdkSite, type MdkWorker, shardObjectNames } from '../api/v1alpha1/index.ts'
import { assignSite } from '../assignment/assign-site.ts'
import type { Assignment, Shard } from '../assignment/assignment.ts'
import type { Cache } from '../kube/cache.ts'
import type { Caches } from '../kube/caches.ts'
import { type CustomResource, type KindTypes } from '../kube/resource.ts'
import type { KubeObject, Pod } from '../kube/types.ts'
import { parseRack, parseSite, parseWorker } from './custom-resources.ts'
import { ifOurs, workerOwner } from './ownership.ts'
import { publicKeyOf } from './parse-key-secret.ts'
import { findPodTrouble } from './pod-trouble.ts'
import type { SeenShard } from './shard-state.ts'

/** Kinds of what the operator makes, and of the pods that come of it; they are found by the label of their site. */
type ChildKind =
  | 'ConfigMap'
  | 'Deployment'
  | 'NetworkPolicy'
  | 'PersistentVolumeClaim'
  | 'Pod'
  | 'PodDisruptionBudget'
  | 'Secret'
  | 'Service'
  | 'StatefulSet'

/** Racks, workers and assignment of one site, which may not be there. */
export interface Members {
  readonly racks: readonly MdkRack[]
  readonly workers: readonly MdkWorker[]
  readonly assignment: Assignment
}

export interface ClusterView {
  readonly sites: Cache<CustomResource>
  readonly racks: Cache<CustomResource>
  readonly workers: Cache<CustomResource>
  readonly children: { readonly [K in ChildKind]: Cache<KindTypes[K]> }
  /** `metadata` of all Secrets, to notice changes of those that sites refer to. */
  readonly secretHeads: Cache<KubeObject>
  site(namespace: string, name: string): MdkSite | null
  allSites(): readonly MdkSite[]
  /** Sites that refer to the Secret. */
  sitesByReference(namespace: string, secret: string): readonly MdkSite[]
  /** Racks and workers of a site, by its key. */
  racksOf(siteKey: string): readonly CustomResource[]
  workersOf(siteKey: string): readonly CustomResource[]
  /** Those that aren't being deleted. */
  members(namespace: string, site: string): Members
  /** Pods of one component of a site. */
  pods(namespace: string, site: string, component: Component): readonly Pod[]
  podsOfShard(namespace: string, worker: string, shard: string): readonly Pod[]
  /** A shard of a worker of this site, as the cluster has it. */
  shard(namespace: string, shard: Shard, worker: MdkWorker): SeenShard
  /** Deployments and Secrets that belong to a worker. */
  workerChildren(namespace: string, worker: string): readonly KubeObject[]
}

/** Opens what is needed. Before the caches are filled. */
export function createClusterView(caches: Pick<Caches, 'open'>): ClusterView {
  const sites = caches.open({ kind: 'MdkSite' })
  const racks = caches.open({ kind: 'MdkRack' })
  const workers = caches.open({ kind: 'MdkWorker' })
  const secretHeads = caches.open({ kind: 'Secret', metadataOnly: true })
  const children = openChildren(caches)
  const racksBySite = racks.index((rack) => [siteKeyOf(parseRack(rack))])
  const workersBySite = workers.index((worker) => [siteKeyOf(parseWorker(worker))])
  const sitesBySecret = sites.index((site) => referencesOf(parseSite(site)))
  const podsByComponent = children.Pod.index((pod) => [join(pod, labels.site, labels.component)])
  const podsByShard = children.Pod.index((pod) => [join(pod, labels.worker, labels.shard)])
  const deploymentsByWorker = children.Deployment.index((deployment) => [join(deployment, labels.worker)])
  const secretsByWorker = children.Secret.index((secret) => [join(secret, labels.worker)])
  const assignments = createAssignmentMemo()
  const liveOnes = (objects: readonly CustomResource[]) =>
    objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined)

  return {
    sites,
    racks,
    workers,
    children,
    secretHeads,
    site: (namespace, name) => {
      const site = sites.get(namespace, name)
      return site === null ? null : parseSite(site)
    },
    allSites: () => sites.list().map(parseSite),
    sitesByReference: (namespace, secret) => sitesBySecret(`${namespace}/${secret}`).map(parseSite),
    racksOf: racksBySite,
    workersOf: workersBySite,
    members(namespace, site) {
      const key = `${namespace}/${site}`
      return assignments(key, site, {
        racks: liveOnes(racksBySite(key)).map(parseRack),
        workers: liveOnes(workersBySite(key)).map(parseWorker),
      })
    },
    pods: (namespace, site, component) => podsByComponent(`${namespace}/${site}/${component}`),
    podsOfShard: (namespace, worker, shard) => podsByShard(`${namespace}/${worker}/${shard}`),
    shard(namespace, shard, worker) {
      const names = shardObjectNames(shard.workerId)
      const owner = workerOwner(worker.metadata)
      const deployment = ifOurs(children.Deployment.get(namespace, names.deployment), owner)
      return {
        shard,
        publicKey: publicKeyOf(ifOurs(children.Secret.get(namespace, names.keySecret), owner)),
        deployment,
        trouble: findPodTrouble(podsByShard(`${namespace}/${worker.metadata.name}/${shard.id}`), deployment),
        problem: null,
        earlier: worker.status?.shardStatus?.find(({ id }) => id === shard.id),
      }
    },
    workerChildren: (namespace, worker) => [
      ...deploymentsByWorker(`${namespace}/${worker}`),
      ...secretsByWorker(`${namespace}/${worker}`),
    ],
  }
}

function openChildren({ open }: Pick<Caches, 'open'>): ClusterView['children'] {
  const selector = labels.site
  return {
    ConfigMap: open({ kind: 'ConfigMap', selector }),
    Deployment: open({ kind: 'Deployment', selector }),
    NetworkPolicy: open({ kind: 'NetworkPolicy', selector }),
    PersistentVolumeClaim: open({ kind: 'PersistentVolumeClaim', selector }),
    Pod: open({ kind: 'Pod', selector }),
    PodDisruptionBudget: open({ kind: 'PodDisruptionBudget', selector }),
    Secret: open({ kind: 'Secret', selector }),
    Service: open({ kind: 'Service', selector }),
    StatefulSet: open({ kind: 'StatefulSet', selector }),
  }
}

/** Key of the site that a rack or worker belongs to. */
export function siteKeyOf({ metadata, spec }: MdkRack | MdkWorker): string {
  return `${metadata.namespace}/${spec.siteRef.name}`
}

/** Keys of the Secrets that a site refers to. */
function referencesOf({ metadata, spec }: MdkSite): string[] {
  const references = [spec?.discovery?.topicSecretRef, spec?.ork?.keySecretRef, spec?.appNode?.tokensSecretRef]
  return references.flatMap((reference) => (reference === undefined ? [] : [`${metadata.namespace}/${reference.name}`]))
}

/** Namespace and labels of an object as one text. */
function join({ metadata }: KubeObject, ...names: readonly string[]): string {
  return [metadata.namespace ?? '', ...names.map((name) => metadata.labels?.[name] ?? '')].join('/')
}

type Declared = Omit<Members, 'assignment'>

/** Assigning thousands of devices takes milliseconds, and most changes (of status) don't touch what it depends on. */
function createAssignmentMemo(): (key: string, site: string, declared: Declared) => Members {
  const known = new Map<string, { readonly signature: string; readonly assignment: Assignment }>()
  return (key, site, declared) => {
    if (declared.racks.length + declared.workers.length === 0) known.delete(key)
    const signature = [...declared.racks, ...declared.workers].map(signatureOf).sort().join('\n')
    const before = known.get(key)
    if (before?.signature === signature) return { ...declared, assignment: before.assignment }
    const assignment = assignSite({ site, ...declared, drivers: driverFacts })
    if (signature !== '') known.set(key, { signature, assignment })
    return { ...declared, assignment }
  }
}

function signatureOf({ metadata: { uid, generation, labels: set = {} } }: MdkRack | MdkWorker): string {
  return `${uid} ${generation} ${JSON.stringify(Object.entries(set).sort())}`
}
