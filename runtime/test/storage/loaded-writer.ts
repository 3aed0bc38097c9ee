import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Durability, JournalEntry } from '../../src/storage/journal/journal.ts'
import { openJournal } from '../../src/storage/journal/segment-journal.ts'
import { StoreError } from '../../src/storage/store.ts'

const self = fileURLToPath(import.meta.url)
const parallel = 64
const keysEach = 5
/** Small, so that segments follow each other, are copied from and removed many times in a second. */
export const loadSegmentBytes = 32 * 1024

/** A process that writes to the journal, 64 records at a time, until it is killed or a write fails. */
export type LoadedWriter = ChildProcessByStdio<null, Readable, null>

export function startLoadedWriter(directory: string, durability: Durability): LoadedWriter {
  return spawn(process.execPath, [self, directory, durability], { stdio: ['ignore', 'pipe', 'inherit'] })
}

interface Acknowledged {
  readonly n: number
  isForgotten: boolean
}

/** What writers have said, before they ended, that was written: the ledger to hold the journal against. */
export class Ledger {
  readonly #records = new Map<string, Acknowledged[]>()
  acknowledgements = 0
  /** True takes nothing down any more. */
  isClosed = false

  /** Takes down what the writer says, until it ends; `onLine` hears how many lines there were. */
  async follow(writer: LoadedWriter, onLine: (count: number) => void): Promise<void> {
    let count = 0
    for await (const line of createInterface({ input: writer.stdout })) {
      if (this.isClosed) continue
      const [what, key = '', n = ''] = line.split(' ')
      // A line that the kill has cut off says nothing.
      if (what === 'written' && n.endsWith(';')) this.#onWritten(key, Number.parseInt(n, 10))
      if (what === 'forget' && n === ';') this.#onForget(key)
      onLine((count += 1))
    }
  }

  #onWritten(key: string, n: number): void {
    this.#records.set(key, [...(this.#records.get(key) ?? []), { n, isForgotten: false }])
    this.acknowledgements += 1
  }

  #onForget(key: string): void {
    const last = this.#records.get(key)?.at(-1)
    if (last !== undefined) last.isForgotten = true
  }

  /** What is wrong with the entries, by the records up to `lastN`: one that is missing, or an older one in its place. */
  faultsOf(entries: readonly JournalEntry[], lastN = Number.POSITIVE_INFINITY): string[] {
    const shown = new Map(entries.map(({ key, record }) => [key, (record as { readonly n: number }).n]))
    const faults: string[] = []
    for (const [key, records] of this.#records) {
      const last = records.findLast(({ n }) => n <= lastN)
      if (last === undefined) continue
      const found = shown.get(key)
      if (found === undefined && !last.isForgotten) faults.push(`${key} ${last.n} is lost`)
      if (found !== undefined && found < last.n) faults.push(`${key} ${last.n} has become ${found} again`)
    }
    return faults
  }
}

async function write(directory: string, durability: Durability): Promise<void> {
  const { journal, entries } = await openJournal(directory, {
    durability,
    lockTimeoutMs: 10_000,
    segmentBytes: loadSegmentBytes,
  })
  let last = entries.reduce((most, { record }) => Math.max(most, (record as { readonly n: number }).n), 0)
  const loop = async (number: number) => {
    for (let turn = 0; ; turn += 1) {
      const key = `${number}-${turn % keysEach}`
      last += 1
      const n = last
      await journal.write(key, { n, pad: 'x'.repeat((n * 37) % 400) })
      process.stdout.write(`written ${key} ${n};\n`)
      if (n % 11 === 0) {
        process.stdout.write(`forget ${key} ;\n`)
        journal.forget(key)
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, (_, number) => loop(number)))
}

if (process.argv[1] === self) {
  await write(process.argv[2] ?? '', process.argv[3] as Durability).catch((error: unknown) => {
    if (!(error instanceof StoreError)) throw error
    process.exit(0)
  })
}
