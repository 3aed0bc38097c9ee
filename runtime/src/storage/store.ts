/** One change of a batch. */
export type Change =
  | { readonly type: 'put'; readonly key: string; readonly value: unknown }
  | { readonly type: 'del'; readonly key: string }

/** Keys from `from` (inclusive) to `to` (exclusive), in the order of their UTF-8 bytes. Unset ends are open. */
export interface Range {
  readonly from?: string
  readonly to?: string
  readonly reverse?: boolean
  readonly limit?: number
}

export interface Entry {
  readonly key: string
  readonly value: unknown
}

/**
 * A sorted map from texts to JSON values, on disk or in memory.
 *
 * - A value is whatever survives JSON, except null and undefined; what comes back is `unknown` and parsed by its owner.
 * - Changes are applied in the order of the calls; a batch is applied whole or not at all.
 * - When a promise resolves, the change survives the end of the process, however it ends. Whether it survives a power cut is
 *   said at the implementation.
 * - A change that can't be written rejects with a StoreError, and is not applied.
 */
export interface Store {
  /** The value, or undefined. */
  get(key: string): Promise<unknown>
  put(key: string, value: unknown): Promise<void>
  /** Deleting what isn't there changes nothing. */
  del(key: string): Promise<void>
  batch(changes: readonly Change[]): Promise<void>
  /** What is there when iteration begins: later changes don't show. */
  entries(range?: Range): AsyncIterable<Entry>
  /** A store of its own inside this one. `name` is of `[a-z0-9-]`. A store with subs is used through its subs only. */
  sub(name: string): Store
}

/** A store with its file or memory. Closing waits for changes under way; later calls reject. */
export interface OpenStore extends Store {
  close(): Promise<void>
}

/** The store can't be opened, read or written. The message says which folder and what to do. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
}

/** What is on disk can't be what was written, and opening it again won't help. */
export class StoreDamaged extends StoreError {
  override readonly name = 'StoreDamaged'
}
