import type { OpenedJournal } from '../../src/storage/journal/journal.ts'
import { StoreError } from '../../src/storage/store.ts'

/** A journal as one process holds it: every write fails while `disk` isn't writable, as on a full disk or after a kill. */
export function heldJournal(
  opened: OpenedJournal,
  disk: { readonly writable: boolean },
  onWrite: (key: string, record: object | string) => void,
): OpenedJournal {
  const { journal } = opened
  return {
    ...opened,
    journal: {
      async write(key, record) {
        if (!disk.writable) throw new StoreError('the journal cannot be written')
        onWrite(key, record)
        await journal.write(key, record)
      },
      forget: (key) => disk.writable && journal.forget(key),
      close: () => journal.close(),
    },
  }
}
