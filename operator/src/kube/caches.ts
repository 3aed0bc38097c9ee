import type { Clock } from '../engine/clock.ts'
import { startDeadline } from '../engine/deadline.ts'
import type { Log } from '../engine/log.ts'
import type { Random } from '../engine/random.ts'
import { type Cache, ObjectCache } from './cache.ts'
import { type Reflector, type ReflectorHooks, startReflector } from './reflector.ts'
import type { Kind, KindTypes } from './resource.ts'
import type { Transport } from './transport.ts'

/** What to keep in memory. */
export interface CacheSpec<K extends Kind> {
  readonly kind: K
  /** Label selector; absent: all. */
  readonly selector?: string
  /** Only `metadata`. */
  readonly metadataOnly?: boolean
}

export interface CachesOptions {
  readonly transport: Transport
  /** Namespaces to look at. */
  readonly namespaces: readonly string[] | 'all'
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly hooks?: ReflectorHooks
}

/** Limit of `warm`. */
const warmWithinMs = 120_000

/** All caches of the program; who asks for the same gets the same. */
export interface Caches {
  /** Before `warm` only. */
  open<K extends Kind>(spec: CacheSpec<K>): Cache<KindTypes[K]>
  /** Fills all caches and keeps them up to date from then on. Rejects if that takes longer than two minutes. */
  warm(signal: AbortSignal): Promise<void>
  /** The whole object as some cache has it; undefined if no cache has whole objects of this kind. */
  find<K extends Kind>(kind: K, namespace: string, name: string): KindTypes[K] | null | undefined
  /** Calls back after each change of any cache. Returns what ends it. */
  onChange(listener: () => void): () => void
  readonly synced: boolean
  /** How long ago the least active watch heard something or failed to. */
  silentMs(): number
  /** How many objects each kind has, for metrics. */
  sizes(): readonly { readonly kind: Kind; readonly size: number }[]
  /** Idempotent. */
  close(): Promise<void>
}

interface Opened<K extends Kind> {
  readonly spec: Required<CacheSpec<K>>
  readonly cache: ObjectCache<KindTypes[K]>
  readonly start: () => readonly Reflector[]
}

type OpenedByKind = { readonly [K in Kind]: Opened<K>[] }

export function createCaches(options: CachesOptions): Caches {
  const { clock, namespaces } = options
  const scopes = namespaces === 'all' ? [null] : namespaces
  const byKind = noneOpened()
  const reflectors: Reflector[] = []
  const listeners = new Set<() => void>()
  const all = () => Object.values(byKind).flat()
  let warmed: Promise<void> | undefined

  function open<K extends Kind>({ kind, selector = '', metadataOnly = false }: CacheSpec<K>): Cache<KindTypes[K]> {
    const ofKind: Opened<K>[] = byKind[kind]
    const same = ofKind.find(({ spec }) => spec.selector === selector && spec.metadataOnly === metadataOnly)
    if (same !== undefined) return same.cache
    if (warmed !== undefined) throw new Error(`the cache of ${kind} is opened too late`)
    const cache = new ObjectCache<KindTypes[K]>(options.log)
    cache.subscribe(() => listeners.forEach((listener) => listener()))
    const spec = { kind, selector, metadataOnly }
    const start = () => scopes.map((namespace) => startReflector({ ...options, ...spec, namespace, sink: cache }))
    ofKind.push({ spec, cache, start })
    return cache
  }

  function find<K extends Kind>(kind: K, namespace: string, name: string): KindTypes[K] | null | undefined {
    const ofKind: readonly Opened<K>[] = byKind[kind]
    const whole = ofKind.filter(({ spec }) => !spec.metadataOnly)
    for (const { cache } of whole) {
      const found = cache.get(namespace, name)
      if (found !== null) return found
    }
    return whole.length === 0 ? undefined : null
  }

  return {
    open,
    find,
    warm: (signal) => (warmed ??= fill(options, all(), reflectors, signal)),
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    get synced() {
      return all().every(({ cache }) => cache.synced)
    },
    silentMs: () => Math.max(0, ...reflectors.map(({ activeAt }) => clock.monotonic() - activeAt)),
    sizes: () => all().map(({ spec, cache }) => ({ kind: spec.kind, size: cache.size })),
    close: async () => {
      await Promise.all(reflectors.map((reflector) => reflector.close()))
    },
  }
}

/** Starts the reflectors, noting them in `reflectors`, and waits for their first lists. */
async function fill(
  { clock }: CachesOptions,
  opened: readonly { start: () => readonly Reflector[]; cache: { markSynced(): void } }[],
  reflectors: Reflector[],
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted()
  const deadline = startDeadline(clock, warmWithinMs, 'filling the caches', signal)
  const aborted = Promise.withResolvers<never>()
  deadline.signal.addEventListener('abort', () => aborted.reject(deadline.signal.reason), { once: true })
  const filled = opened.map(async ({ start, cache }) => {
    const started = start()
    reflectors.push(...started)
    await Promise.all(started.map(({ synced }) => synced))
    cache.markSynced()
  })
  try {
    await Promise.race([Promise.all(filled), aborted.promise])
  } finally {
    deadline.clear()
  }
}

function noneOpened(): OpenedByKind {
  return {
    MdkSite: [],
    MdkWorker: [],
    MdkRack: [],
    Secret: [],
    ConfigMap: [],
    Service: [],
    Pod: [],
    PersistentVolumeClaim: [],
    Deployment: [],
    StatefulSet: [],
    PodDisruptionBudget: [],
    NetworkPolicy: [],
    Lease: [],
    Event: [],
  }
}
