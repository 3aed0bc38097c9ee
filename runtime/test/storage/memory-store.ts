import { type OpenStore, type Range, StoreError } from '../../src/storage/store.ts'
import { storeOver, type TextEntry } from '../../src/storage/store-over.ts'

/** A store that ends with its process. */
export function openMemoryStore(): OpenStore {
  const texts = new Map<string, string>()
  let closed = false
  const refuseIfClosed = () => {
    if (closed) throw new StoreError('the store is closed')
  }
  return {
    ...storeOver({
      get(key) {
        refuseIfClosed()
        return Promise.resolve(texts.get(key))
      },
      write(changes) {
        refuseIfClosed()
        for (const { key, text } of changes) {
          if (text === null) texts.delete(key)
          else texts.set(key, text)
        }
        return Promise.resolve()
      },
      entries(range) {
        refuseIfClosed()
        return select(texts, range)
      },
    }),
    close() {
      closed = true
      return Promise.resolve()
    },
  }
}

function select(texts: ReadonlyMap<string, string>, range: Range): TextEntry[] {
  const { from, to, reverse = false, limit = Infinity } = range
  const found = [...texts]
    .filter(([key]) => (from === undefined || compare(key, from) >= 0) && (to === undefined || compare(key, to) < 0))
    .sort(([a], [b]) => compare(a, b))
    .map(([key, text]) => ({ key, text }))
  if (reverse) found.reverse()
  return found.slice(0, limit)
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
