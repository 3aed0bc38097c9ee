import { systemClock } from '../../src/engine/clock.ts'
import { silentLog } from '../../src/engine/log.ts'
import { systemRandom } from '../../src/engine/random.ts'
import { createCaches } from '../../src/kube/caches.ts'
import { loadCluster } from '../../src/kube/load-cluster.ts'
import type { Kind } from '../../src/kube/resource.ts'
import { createTransport } from '../../src/kube/transport.ts'
import type { KubeObject } from '../../src/kube/types.ts'

/** One thing that happened to an object. */
export interface Sighting {
  readonly change: 'added' | 'updated' | 'deleted'
  readonly object: KubeObject
}

/** Watches the API server itself, past all proxies, and forgets nothing. */
export interface Witness {
  /** What is in a namespace now. */
  objects(namespace: string): readonly KubeObject[]
  /** All that ever happened there, in order for each object. */
  history(namespace: string): readonly Sighting[]
  /** Calls back after each change in the namespace. Returns what ends it. */
  onChange(namespace: string, listener: () => void): () => void
  /** Resolves when `check` no longer throws, which is tried after each change; rejects with what it threw last. */
  until(namespace: string, what: string, check: (objects: readonly KubeObject[]) => void): Promise<void>
  close(): Promise<void>
}

/** All kinds that a user or the operator writes, events and leases apart. */
const witnessed = [
  'MdkSite',
  'MdkWorker',
  'MdkRack',
  'Secret',
  'ConfigMap',
  'Service',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'PodDisruptionBudget',
  'NetworkPolicy',
] as const satisfies Kind[]

/** Long, for machines that are busy with others. */
const withinMs = 180_000

export async function startWitness(kubeconfig: string): Promise<Witness> {
  const machine = { clock: systemClock, random: systemRandom, log: silentLog }
  const cluster = loadCluster({ kubeconfigPaths: [kubeconfig], context: null })
  const transport = createTransport({ ...machine, cluster, userAgent: 'witness' })
  const caches = createCaches({ ...machine, transport, namespaces: 'all' })
  const histories = new Map<string, Sighting[]>()
  const listeners = new Map<string, Set<() => void>>()

  function note(change: Sighting['change'], object: KubeObject): void {
    const { namespace = '' } = object.metadata
    const history = histories.get(namespace) ?? []
    histories.set(namespace, history)
    history.push({ change, object })
    for (const listener of [...(listeners.get(namespace) ?? [])]) listener()
  }

  const opened = witnessed.map((kind) => {
    const cache = caches.open({ kind })
    cache.subscribe((change: { kind: Sighting['change']; object: KubeObject }) => note(change.kind, change.object))
    return cache
  })
  await caches.warm(new AbortController().signal)

  function onChange(namespace: string, listener: () => void): () => void {
    const all = listeners.get(namespace) ?? new Set()
    listeners.set(namespace, all.add(listener))
    return () => void all.delete(listener)
  }

  const objects = (namespace: string) => opened.flatMap((cache): readonly KubeObject[] => cache.list(namespace))
  return {
    objects,
    history: (namespace) => histories.get(namespace) ?? [],
    onChange,
    until: (namespace, what, check) =>
      untilHolds(
        what,
        () => check(objects(namespace)),
        (listener) => onChange(namespace, listener),
      ),
    close: async () => {
      await caches.close()
      await transport.close()
    },
  }
}

/** Several changes in one turn of the event loop are looked at once. */
async function untilHolds(
  what: string,
  check: () => void,
  onChange: (listener: () => void) => () => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  let last: unknown
  let pending = false
  const look = () => {
    pending = false
    try {
      check()
      resolve(undefined)
    } catch (error) {
      last = error
    }
  }
  const stop = onChange(() => {
    if (!pending) setImmediate(look)
    pending = true
  })
  const deadline = setTimeout(() => {
    reject(new Error(`not within ${withinMs / 1_000} s: ${what}. ${String(last)}`, { cause: last }))
  }, withinMs)
  look()
  try {
    await promise
  } finally {
    clearTimeout(deadline)
    stop()
  }
}
