import type { OpenedJournal } from '../../src/storage/journal/journal.ts'
import { StoreError } from '../../src/storage/store.ts'
import { memoryJournal } from '../storage/memory-journal.ts'

/** A place of a journal in memory, opened by one life of a worker after the other, that can be full. */
export interface ScriptedJournal {
  /** Opens it for the next life; what the one before writes from then on is lost, as after a kill. */
  open(): Promise<OpenedJournal>
  /** False: from now on nothing can be written. */
  writable: boolean
  /** True: it can't be opened at all. */
  broken: boolean
  /** What the next opening says. */
  mayLackWrites: boolean
  /** Keys in the order in which they were written. */
  readonly written: string[]
  /** As it is on disk. */
  readonly texts: Map<string, string>
}

export function scriptedJournal(): ScriptedJournal {
  let life = 0
  const place: ScriptedJournal = {
    writable: true,
    broken: false,
    mayLackWrites: false,
    written: [],
    texts: new Map(),
    open() {
      if (place.broken) return Promise.reject(new StoreError('the folder is held by another process'))
      life += 1
      const own = life
      const opened = memoryJournal(place.texts)
      return Promise.resolve({
        ...opened,
        mayLackWrites: place.mayLackWrites,
        journal: {
          ...opened.journal,
          async write(key, record) {
            if (own !== life) return new Promise<never>(() => undefined)
            if (!place.writable) throw new StoreError('the disk is full')
            await opened.journal.write(key, record)
            place.written.push(key)
          },
        },
      })
    },
  }
  return place
}
