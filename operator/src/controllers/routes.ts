// Which keys a change makes worth a look. Nothing is decided here: a key too many costs a run without reads or writes.
import { labels } from '../api/group.ts'
import type { Controller } from '../engine/controller.ts'
import type { Lane } from '../engine/work-queue.ts'
import { type Change, laneOf } from '../kube/cache.ts'
import { type CustomResource, keyOf } from '../kube/resource.ts'
import type { KubeObject, Pod } from '../kube/types.ts'
import { type ClusterView, siteKeyOf } from './cluster-view.ts'
import { parseConditions, parseRack, parseSite, parseWorker } from './custom-resources.ts'
import { troubleOf } from './pod-trouble.ts'

export interface Controllers {
  readonly site: Pick<Controller, 'enqueue'>
  readonly worker: Pick<Controller, 'enqueue'>
  readonly rack: Pick<Controller, 'enqueue'>
}

/** Subscribes the controllers to what they depend on. Returns what ends it. */
export function connectRoutes(
  view: ClusterView,
  onOrkChange: (listener: (siteKey: string, workerId: string | null) => void) => () => void,
  controllers: Controllers,
): () => void {
  const to = createTargets(view, controllers)
  const ends = [
    view.sites.subscribe((change) => routeSite(change, to)),
    view.racks.subscribe((change) => {
      to.rack(change)
      if (concernsOthers(change)) to.siteAndMembers(siteKeyOf(parseRack(change.object)), laneOf(change))
    }),
    view.workers.subscribe((change) => {
      to.worker(change)
      if (concernsOthers(change)) to.siteAndMembers(siteKeyOf(parseWorker(change.object)), laneOf(change))
    }),
    ...childCaches(view).map((subscribe) =>
      subscribe((change) => {
        routeChild(change, to)
        // Its labels name whose it was, and not who waits for its name.
        if (change.kind === 'deleted') to.thoseWithoutName(change)
      }),
    ),
    view.children.Pod.subscribe((change) => {
      if (changesTrouble(change)) routePod(change, to)
    }),
    view.secretHeads.subscribe((change) => {
      to.sitesByReference(change)
      if (change.kind !== 'added') to.thoseWithoutName(change)
    }),
    onOrkChange((siteKey, workerId) => {
      if (workerId === null) to.siteAndMembers(siteKey, 'live')
      else to.siteAndShard(siteKey, workerId)
    }),
  ]
  return () => ends.forEach((end) => end())
}

type Targets = ReturnType<typeof createTargets>

function createTargets(view: ClusterView, controllers: Controllers) {
  const members = (siteKey: string, lane: Lane) => {
    for (const rack of view.racksOf(siteKey)) controllers.rack.enqueue(keyOf(rack), lane)
    for (const worker of view.workersOf(siteKey)) controllers.worker.enqueue(keyOf(worker), lane)
  }
  return {
    members,
    site: (key: string, lane: Lane) => controllers.site.enqueue(key, lane),
    worker: (change: Change<KubeObject>) => controllers.worker.enqueue(keyOf(change.object), laneOf(change)),
    rack: (change: Change<KubeObject>) => controllers.rack.enqueue(keyOf(change.object), laneOf(change)),
    workerNamed: (key: string, lane: Lane) => controllers.worker.enqueue(key, lane),
    rackNamed: (key: string, lane: Lane) => controllers.rack.enqueue(key, lane),
    siteAndMembers(siteKey: string, lane: Lane) {
      controllers.site.enqueue(siteKey, lane)
      members(siteKey, lane)
    },
    siteAndShard(siteKey: string, workerId: string) {
      controllers.site.enqueue(siteKey)
      for (const worker of view.workersOf(siteKey)) {
        const { namespace = '', name = '' } = worker.metadata
        const rack = workerId.startsWith(`${name}-`) ? view.racks.get(namespace, workerId.slice(name.length + 1)) : null
        if (rack === null) continue
        controllers.worker.enqueue(keyOf(worker))
        controllers.rack.enqueue(keyOf(rack))
      }
    },
    sitesByReference(change: Change<KubeObject>) {
      const { namespace = '', name = '' } = change.object.metadata
      for (const { metadata } of view.sitesByReference(namespace, name)) {
        controllers.site.enqueue(`${metadata.namespace}/${metadata.name}`, laneOf(change))
      }
    },
    /** Those that wait for another to give a key free. */
    sitesWithoutKey(lane: Lane) {
      for (const site of view.sites.list())
        if (saysReason(site, 'KeyInUse')) controllers.site.enqueue(keyOf(site), lane)
    },
    /** Those that wait for somebody's object of a name to be renamed, deleted or labelled. */
    thoseWithoutName(change: Change<KubeObject>) {
      const { namespace } = change.object.metadata
      const waiting = <T extends CustomResource>(objects: readonly T[]) =>
        objects.filter((object) => saysReason(object, 'NameTaken'))
      for (const site of waiting(view.sites.list(namespace))) controllers.site.enqueue(keyOf(site))
      for (const worker of waiting(view.workers.list(namespace))) controllers.worker.enqueue(keyOf(worker))
    },
  }
}

function saysReason(object: CustomResource, reason: string): boolean {
  return parseConditions(object).some((condition) => condition.reason === reason)
}

function routeSite(change: Change<CustomResource>, to: Targets): void {
  const key = keyOf(change.object)
  const lane = laneOf(change)
  to.site(key, lane)
  if (concernsOthers(change)) to.members(key, lane)
  if (freesKey(change)) to.sitesWithoutKey(lane)
}

/** Whether a site has its ORK key no more. */
function freesKey(change: Change<CustomResource>): boolean {
  switch (change.kind) {
    case 'added':
      return false
    case 'updated':
      return publicKeyOf(change.before) !== publicKeyOf(change.object)
    case 'deleted':
      return true
  }
}

/** A site that is being deleted gives its key free. */
function publicKeyOf(site: CustomResource): string | undefined {
  const { metadata, status } = parseSite(site)
  return metadata.deletionTimestamp === undefined ? status?.ork?.publicKey : undefined
}

/** A change of status alone is the business of the object itself. */
function concernsOthers(change: Change<CustomResource>): boolean {
  return change.kind !== 'updated' || shapeOf(change.before) !== shapeOf(change.object)
}

function shapeOf({ metadata: { generation, labels: set, annotations, deletionTimestamp } }: CustomResource): string {
  return JSON.stringify([generation, set, annotations, deletionTimestamp])
}

/** Of a pod that runs, what matters is in the status of its Deployment, and ORK says when one is to be touched. */
function changesTrouble(change: Change<Pod>): boolean {
  const before = change.kind === 'updated' ? troubleOf(change.before) : null
  const after = change.kind === 'deleted' ? null : troubleOf(change.object)
  return before !== after
}

function childCaches({ children }: ClusterView) {
  const { ConfigMap, Deployment, NetworkPolicy, PersistentVolumeClaim, PodDisruptionBudget } = children
  const caches = [ConfigMap, Deployment, NetworkPolicy, PersistentVolumeClaim, PodDisruptionBudget]
  const others = [children.Secret, children.Service, children.StatefulSet]
  return [...caches, ...others].map(
    (cache) => (listener: (change: Change<KubeObject>) => void) => cache.subscribe(listener),
  )
}

function routeChild(change: Change<KubeObject>, to: Targets): void {
  const { namespace = '', labels: set = {} } = change.object.metadata
  const site = siteKeyOfChild(change.object)
  const worker = set[labels.worker]
  const lane = laneOf(change)
  to.site(site, lane)
  if (worker !== undefined) to.workerNamed(`${namespace}/${worker}`, lane)
  else if (isMounted(change)) to.members(site, lane)
}

/** A rack tells what keeps its workers from running, and its name is that of the shard. */
function routePod(change: Change<Pod>, to: Targets): void {
  routeChild(change, to)
  const { namespace = '', labels: set = {} } = change.object.metadata
  const rack = set[labels.shard]
  if (rack !== undefined) to.rackNamed(`${namespace}/${rack}`, laneOf(change))
}

function siteKeyOfChild({ metadata: { namespace = '', labels: set = {} } }: KubeObject): string {
  return `${namespace}/${set[labels.site] ?? ''}`
}

/** Workers wait for Secrets and a ConfigMap of their site, which their pods mount. */
function isMounted({ kind, object }: Change<KubeObject>): boolean {
  return kind !== 'updated' && (object.kind === 'Secret' || object.kind === 'ConfigMap')
}
