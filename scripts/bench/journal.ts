/**
 * How long a thousand records take in what commands could be kept in: the journal, a Hypercore, a Hyperbee. All of them commit in
 * groups: what arrives while a write is under way goes out as the next. The reference is a thousand plain appends to a file.
 */
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Corestore from 'corestore'
import { openBeeStore } from '../../runtime/src/storage/bee-store.ts'
import { commitQueue } from '../../runtime/src/storage/journal/commit-queue.ts'
import { openJournal } from '../../runtime/src/storage/journal/segment-journal.ts'
import { type Measured, type Report, reportOf } from './report.ts'

export interface JournalOptions {
  /** Samples for each line. */
  readonly count: number
  readonly say: (what: string) => void
}

/** What keeps records. */
interface Keeper {
  write(key: string, record: object): Promise<unknown>
  close(): Promise<unknown>
}

const keepers: Readonly<Record<string, (directory: string) => Promise<Keeper>>> = {
  'journal, fast': (directory) => journalIn(directory, 'fast'),
  'journal, powerLoss': (directory) => journalIn(directory, 'powerLoss'),
  Hypercore: hypercoreIn,
  Hyperbee: async (directory) => {
    const store = await openBeeStore(directory, { lockTimeoutMs: 0 })
    return { write: (key, record) => store.put(key, record), close: () => store.close() }
  },
}

const loads = [
  { size: 300, atOnce: 1 },
  { size: 300, atOnce: 64 },
  { size: 1024, atOnce: 1 },
  { size: 1024, atOnce: 64 },
]
/** Keys that are written over and over; a site has no more commands under way, and what ended is soon forgotten. */
const keyCount = 1_000
const recordsOfSample = 1_000

export async function benchJournal({ count, say }: JournalOptions): Promise<Report> {
  const root = await mkdtemp(join(tmpdir(), 'bench-journal-'))
  let folders = 0
  const folder = () => join(root, String((folders += 1)))
  try {
    say('reference: plain appends to a file')
    const plain = await measurePlain(join(root, 'plain'), count)
    const measured: Measured[] = []
    for (const [name, openKeeper] of Object.entries(keepers)) {
      for (const { size, atOnce } of loads) {
        const what = `${name}, ${size} B, ${atOnce === 1 ? 'one by one' : `${atOnce} at once`}`
        say(what)
        const keeper = await openKeeper(folder())
        const samplesMs = await measure(keeper, { atOnce, size, count })
        await keeper.close()
        measured.push({ what, samplesMs, goalMs: null })
      }
    }
    return reportOf('journal: until a thousand records are acknowledged', { ...plainLine, samplesMs: plain }, measured)
  } finally {
    await rm(root, { recursive: true })
  }
}

const plainLine = { what: 'reference: plain append, 300 B, one by one', goalMs: null } as const

async function measurePlain(path: string, count: number): Promise<number[]> {
  const file = await open(path, 'w')
  const bytes = Buffer.alloc(300, 'x')
  let end = 0
  const samples = await sample(count, async () => {
    for (let n = 0; n < recordsOfSample; n += 1) {
      await file.write(bytes, 0, bytes.length, end)
      end += bytes.length
    }
  })
  await file.close()
  return samples
}

interface Load {
  readonly atOnce: number
  /** Bytes of a record, about. */
  readonly size: number
  readonly count: number
}

function measure(keeper: Keeper, { atOnce, size, count }: Load): Promise<number[]> {
  const pad = 'x'.repeat(size - 100)
  let n = 0
  return sample(count, async () => {
    const end = n + recordsOfSample
    const writeOn = async () => {
      while (n < end) {
        n += 1
        const key = `0199a3c2-7c1e-7000-8000-${String(n % keyCount).padStart(12, '0')}`
        await keeper.write(key, { state: 'QUEUED', acceptedAt: n, pad })
      }
    }
    await Promise.all(Array.from({ length: atOnce }, writeOn))
  })
}

/** Times of so many rounds after as many that warm up, a tenth of them. */
async function sample(count: number, run: () => Promise<void>): Promise<number[]> {
  const warmUp = Math.ceil(count / 10)
  const samples: number[] = []
  for (let round = 0; round < warmUp + count; round += 1) {
    const startedAt = performance.now()
    await run()
    if (round >= warmUp) samples.push(performance.now() - startedAt)
  }
  return samples
}

async function journalIn(directory: string, durability: 'fast' | 'powerLoss'): Promise<Keeper> {
  return (await openJournal(directory, { durability, lockTimeoutMs: 0 })).journal
}

async function hypercoreIn(directory: string): Promise<Keeper> {
  const store = new Corestore(directory, { allowBackup: true })
  const core = store.get({ name: 'log' })
  await core.ready()
  interface Block {
    readonly bytes: Buffer
    readonly resolve: () => void
  }
  const queue = commitQueue<Block>({
    groupBytes: 128 * 1024,
    sizeOf: ({ bytes }) => bytes.length,
    async commit(group) {
      await core.append(group.map(({ bytes }) => bytes))
      for (const { resolve } of group) resolve()
    },
    between: () => Promise.resolve(false),
  })
  return {
    write(key, record) {
      const bytes = Buffer.from(JSON.stringify({ key, record }))
      return new Promise<void>((resolve) => queue.push({ bytes, resolve }))
    },
    async close() {
      await queue.close()
      await store.close()
    },
  }
}
