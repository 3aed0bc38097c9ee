import type { OpenedJournal } from '../../src/storage/journal/journal.ts'
import { formatRecord } from '../../src/storage/journal/record-text.ts'
import { StoreError } from '../../src/storage/store.ts'

/**
 * A journal that ends with its process, or with the map that holds its records as JSON: opened again over the same map, it is the
 * same journal.
 */
export function memoryJournal(texts = new Map<string, string>()): OpenedJournal {
  let closed = false
  return {
    entries: Array.from(texts, ([key, text]) => ({ key, record: JSON.parse(text) as unknown })),
    isNew: texts.size === 0,
    mayLackWrites: false,
    journal: {
      // Async, so that what is wrong rejects.
      // eslint-disable-next-line @typescript-eslint/require-await
      async write(key, record) {
        if (closed) throw new StoreError('the journal is closed')
        const { text } = formatRecord(key, record)
        texts.delete(key)
        texts.set(key, text)
      },
      forget(key) {
        if (!closed) texts.delete(key)
      },
      close() {
        closed = true
        return Promise.resolve()
      },
    },
  }
}
