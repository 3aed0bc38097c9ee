import type { Log } from '../engine/log.ts'
import type { Lane } from '../engine/work-queue.ts'
import { keyOf } from './resource.ts'
import type { KubeObject } from './types.ts'

export type Change<T> =
  /** `initial`: it was there when this cache was first filled. */
  | { readonly kind: 'added'; readonly object: T; readonly initial: boolean }
  | { readonly kind: 'updated'; readonly before: T; readonly object: T }
  | { readonly kind: 'deleted'; readonly object: T }

/** Objects of one kind as last heard from the API server. They are frozen. */
export interface Cache<T extends KubeObject> {
  get(namespace: string, name: string): T | null
  /** All of a namespace, or of all namespaces. */
  list(namespace?: string): readonly T[]
  /**
   * Makes a look-up by values that `valuesOf` finds in an object. Called once at composition, not in a run.
   * @returns the objects that have the value.
   */
  index(valuesOf: (object: T) => readonly string[]): (value: string) => readonly T[]
  /** Calls back after each change. A listener only notes which keys to look at. Returns what ends it. */
  subscribe(listener: (change: Change<T>) => void): () => void
  readonly size: number
  /** Whether it has been filled. */
  readonly synced: boolean
}

/** The lane of a key that a change made worth a look. */
export function laneOf(change: Change<KubeObject>): Lane {
  return change.kind === 'added' && change.initial ? 'resync' : 'live'
}

/** The cache as its reflectors see it. */
export class ObjectCache<T extends KubeObject> implements Cache<T> {
  readonly #log: Log
  readonly #objects = new Map<string, T>()
  readonly #indexes: Index<T>[] = []
  readonly #listeners = new Set<(change: Change<T>) => void>()
  #synced = false

  constructor(log: Log) {
    this.#log = log
  }

  get size(): number {
    return this.#objects.size
  }

  get synced(): boolean {
    return this.#synced
  }

  get(namespace: string, name: string): T | null {
    return this.#objects.get(`${namespace}/${name}`) ?? null
  }

  list(namespace?: string): readonly T[] {
    const all = [...this.#objects.values()]
    return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace)
  }

  index(valuesOf: (object: T) => readonly string[]): (value: string) => readonly T[] {
    const index = new Index(valuesOf)
    this.#indexes.push(index)
    for (const [key, object] of this.#objects) index.enter(key, object)
    return (value) => index.find(value)
  }

  subscribe(listener: (change: Change<T>) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** These are all objects of the namespace; null: of all namespaces. */
  replace(namespace: string | null, present: readonly T[]): void {
    const keys = new Set(present.map(keyOf))
    for (const [key, object] of this.#objects) {
      if (!keys.has(key) && (namespace === null || object.metadata.namespace === namespace)) this.remove(object)
    }
    for (const object of present) this.put(object)
  }

  put(object: T): void {
    const key = keyOf(object)
    const before = this.#objects.get(key)
    if (before !== undefined && before.metadata.resourceVersion === object.metadata.resourceVersion) return
    this.#objects.set(key, object)
    for (const index of this.#indexes) {
      if (before !== undefined) index.drop(key, before)
      index.enter(key, object)
    }
    if (before === undefined) this.#tell({ kind: 'added', object, initial: !this.#synced })
    else if (before.metadata.uid === object.metadata.uid) this.#tell({ kind: 'updated', before, object })
    else {
      this.#tell({ kind: 'deleted', object: before })
      this.#tell({ kind: 'added', object, initial: false })
    }
  }

  remove(object: T): void {
    const key = keyOf(object)
    const before = this.#objects.get(key)
    if (before === undefined) return
    this.#objects.delete(key)
    for (const index of this.#indexes) index.drop(key, before)
    this.#tell({ kind: 'deleted', object })
  }

  /** From now on additions aren't initial any more. */
  markSynced(): void {
    this.#synced = true
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch (error) {
        this.#log.error({ err: error, kind: change.object.kind }, 'a listener of a cache failed')
      }
    }
  }
}

/** Objects by a value that is found in them. */
class Index<T> {
  readonly #valuesOf: (object: T) => readonly string[]
  /** Value → key → object. */
  readonly #entries = new Map<string, Map<string, T>>()

  constructor(valuesOf: (object: T) => readonly string[]) {
    this.#valuesOf = valuesOf
  }

  find(value: string): readonly T[] {
    return [...(this.#entries.get(value)?.values() ?? [])]
  }

  enter(key: string, object: T): void {
    for (const value of this.#valuesOf(object)) {
      const found = this.#entries.get(value)
      if (found === undefined) this.#entries.set(value, new Map([[key, object]]))
      else found.set(key, object)
    }
  }

  drop(key: string, object: T): void {
    for (const value of this.#valuesOf(object)) {
      const found = this.#entries.get(value)
      found?.delete(key)
      if (found?.size === 0) this.#entries.delete(value)
    }
  }
}
