import { type Change, type Store, StoreError } from '../../src/storage/store.ts'

/** A store as one process holds it. */
export interface HeldStore extends Store {
  /** False makes every write fail, as on a full disk or after the process was killed. */
  writable: boolean
}

export function heldStore(store: Store): HeldStore {
  const held = { writable: true }
  return Object.assign(held, guarded(store, held))
}

function guarded(store: Store, held: { readonly writable: boolean }): Store {
  const write = async (changes: readonly Change[]) => {
    if (!held.writable) throw new StoreError('the store cannot be written')
    await store.batch(changes)
  }
  return {
    get: (key) => store.get(key),
    put: (key, value) => write([{ type: 'put', key, value }]),
    del: (key) => write([{ type: 'del', key }]),
    batch: write,
    entries: (range) => store.entries(range),
    sub: (name) => guarded(store.sub(name), held),
  }
}
