// Keeps a sink equal to one collection of the API server: list, then watch, for ever.
// Invariants:
//   R1 the sink sees one list, then each change once and in order
//   R2 a watch that ends goes on where it ended; only 410 lists again, and the first end after an hour: what a watch swallowed
//      would be missed for ever otherwise
//   R3 after close nothing is delivered
import { type Backoff, createBackoff } from '../engine/backoff.ts'
import type { Clock } from '../engine/clock.ts'
import type { Log } from '../engine/log.ts'
import type { Random } from '../engine/random.ts'
import { isApiError } from './errors.ts'
import { listAll } from './list.ts'
import { parseObject } from './parse-object.ts'
import { collectionPath, type Kind, type KindTypes } from './resource.ts'
import type { Transport } from './transport.ts'
import { watch } from './watch.ts'

/** Takes what a reflector reads. */
export interface Sink<T> {
  /** These are all there are in the namespace; null: in all namespaces. */
  replace(namespace: string | null, objects: readonly T[]): void
  put(object: T): void
  remove(object: T): void
}

/** Told what happens, for metrics. */
export interface ReflectorHooks {
  listed(kind: Kind): void
  /** A watch ended in another way than by its own time limit. */
  watchBroke(kind: Kind): void
}

export interface ReflectorOptions<K extends Kind> {
  readonly kind: K
  /** null for all namespaces. */
  readonly namespace: string | null
  /** Label selector; empty for all. */
  readonly selector: string
  /** Only `metadata`: for what users own, whose contents are none of our business. */
  readonly metadataOnly: boolean
  readonly sink: Sink<KindTypes[K]>
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly hooks?: ReflectorHooks
}

export interface Reflector {
  /** Resolves after the first list. */
  readonly synced: Promise<void>
  /** When it last heard from the server or failed to, on the monotonic clock: an old one is stuck. */
  readonly activeAt: number
  /** Idempotent. */
  close(): Promise<void>
}

/** A watch that ends sooner without a word is a failure, or a broken server would be asked in a tight loop. */
const shortestWatchMs = 1_000
/**
 * A server ends a watch at its time limit; one that is silent for longer is dead. Bookmarks are no measure: a quiet API server
 * sends none for minutes. A dead network is found by TCP keep-alive long before.
 */
const silentAfterLimitMs = 30_000
const relistAfterMs = 60 * 60_000
const acceptList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const acceptWatch = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'

export function startReflector<K extends Kind>(options: ReflectorOptions<K>): Reflector {
  const following = new Following(options)
  const ended = following.run()
  return {
    synced: following.synced.promise,
    get activeAt() {
      return following.activeAt
    },
    close: () => {
      following.closing.abort(new Error('the watch is closed'))
      return ended
    },
  }
}

class Following<K extends Kind> {
  readonly closing = new AbortController()
  readonly synced = Promise.withResolvers<undefined>()
  activeAt: number
  readonly #options: ReflectorOptions<K>
  readonly #backoff: Backoff
  readonly #request: { readonly path: string; readonly query: Readonly<Record<string, string>>; signal: AbortSignal }
  /** Where to go on; null to list again. */
  #resourceVersion: string | null = null
  /** When the last list came, on the monotonic clock. */
  #listedAt = 0

  constructor(options: ReflectorOptions<K>) {
    const { kind, namespace, selector, clock, random } = options
    this.#options = options
    this.#backoff = createBackoff({ firstMs: 800, limitMs: 30_000, random })
    this.#request = {
      path: collectionPath(kind, namespace),
      query: selector === '' ? {} : { labelSelector: selector },
      signal: this.closing.signal,
    }
    this.activeAt = clock.monotonic()
  }

  async run(): Promise<void> {
    while (!this.#isClosed()) {
      try {
        if (this.#options.clock.monotonic() - this.#listedAt >= relistAfterMs) this.#resourceVersion = null // R2
        this.#resourceVersion ??= await this.#list()
        await this.#follow(this.#resourceVersion)
      } catch (error) {
        if (!this.#isClosed()) await this.#recover(error)
      }
    }
  }

  async #list(): Promise<string> {
    const { kind, namespace, sink, transport, hooks, metadataOnly } = this.#options
    const request = { ...this.#request, ...(metadataOnly && { accept: acceptList }) }
    const listed = await listAll(transport, request, (item) => parseObject(kind, item))
    this.closing.signal.throwIfAborted() // R3
    this.#noteActive()
    this.#listedAt = this.activeAt
    hooks?.listed(kind)
    sink.replace(namespace, listed.objects)
    this.synced.resolve(undefined)
    return listed.resourceVersion
  }

  async #follow(resourceVersion: string): Promise<void> {
    const { kind, sink, transport, clock, random, metadataOnly } = this.#options
    const startedAt = clock.monotonic()
    const timeoutSeconds = Math.round(300 + 300 * random())
    const idleMs = timeoutSeconds * 1_000 + silentAfterLimitMs
    const request = { ...this.#request, resourceVersion, timeoutSeconds, idleMs }
    let heard = false
    for await (const event of watch(transport, clock, { ...request, ...(metadataOnly && { accept: acceptWatch }) })) {
      if (this.#isClosed()) return // R3
      if (event.kind === 'put') sink.put(parseObject(kind, event.object))
      if (event.kind === 'removed') sink.remove(parseObject(kind, event.object))
      this.#resourceVersion = event.resourceVersion // R2
      this.#noteActive()
      this.#backoff.reset()
      heard = true
    }
    if (!heard && clock.monotonic() - startedAt < shortestWatchMs) throw new Error('the watch ended at once')
    this.#backoff.reset()
  }

  async #recover(error: unknown): Promise<void> {
    const { kind, namespace, clock, log, hooks } = this.#options
    this.#noteActive()
    hooks?.watchBroke(kind)
    const isGone = isApiError(error, 'gone')
    // To list again is no failure yet; if that fails too, it waits.
    const waitMs = isGone && this.#resourceVersion !== null ? 0 : this.#backoff.nextMs()
    if (isGone) this.#resourceVersion = null // R2
    log.warn({ kind, namespace, err: error, waitMs: Math.round(waitMs) }, 'watch broke, goes on')
    if (waitMs > 0) await clock.sleep(waitMs, this.closing.signal)
  }

  #isClosed(): boolean {
    return this.closing.signal.aborted
  }

  #noteActive(): void {
    this.activeAt = this.#options.clock.monotonic()
  }
}
