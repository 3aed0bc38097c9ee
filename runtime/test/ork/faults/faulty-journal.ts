import type { Clock } from '../../../src/machine/clock.ts'
import type { OpenedJournal } from '../../../src/storage/journal/journal.ts'
import { StoreError } from '../../../src/storage/store.ts'
import type { Chance } from './chance.ts'

/** What outlasts the processes that write it. */
export interface Disk {
  readonly records: Map<string, string>
  /** False makes every write fail. */
  writable: boolean
}

export interface FaultyJournal extends OpenedJournal {
  /** Of the writes under way the first few are on disk, the others aren't, and nobody is told. */
  kill(): void
}

interface Write {
  readonly key: string
  readonly text: string
}

/** A journal on the disk whose writes take their time, and stop half-way when the process is killed. */
export function faultyJournal(disk: Disk, clock: Pick<Clock, 'after'>, chance: Chance): FaultyJournal {
  const underWay: Write[] = []
  let killed = false
  const put = ({ key, text }: Write): void => {
    disk.records.delete(key)
    disk.records.set(key, text)
  }
  return {
    entries: Array.from(disk.records, ([key, text]) => ({ key, record: JSON.parse(text) as unknown })),
    isNew: disk.records.size === 0,
    mayLackWrites: false,
    journal: {
      write: (key, record) =>
        new Promise((resolve, reject) => {
          const write = { key, text: typeof record === 'string' ? record : JSON.stringify(record) }
          underWay.push(write)
          clock.after(2, () => {
            if (killed) return
            underWay.splice(underWay.indexOf(write), 1)
            if (!disk.writable) {
              reject(new StoreError('the disk is full'))
              return
            }
            put(write)
            resolve()
          })
        }),
      forget(key) {
        if (!killed) disk.records.delete(key)
      },
      close: () => Promise.resolve(),
    },
    kill() {
      killed = true
      if (disk.writable) for (const write of underWay.slice(0, chance.below(underWay.length + 1))) put(write)
    },
  }
}
