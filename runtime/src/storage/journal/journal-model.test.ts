import { appendFile, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Durability, OpenedJournal } from './journal.ts'
import { headerBytes } from './segment-header.ts'
import { openJournal } from './segment-journal.ts'

let root = ''
let made = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'journal-model-'))
})
afterAll(() => rm(root, { recursive: true }))

const segmentBytes = 600

/** What the owner of a journal does, and what befalls it. */
type Step =
  | { readonly type: 'write'; readonly keys: readonly number[]; readonly length: number }
  | { readonly type: 'forget'; readonly key: number }
  | { readonly type: 'reopen' }
  /** The process ends here and now, in the middle of a write of which `torn` of its bytes, in thousandths, came to disk. */
  | { readonly type: 'kill'; readonly torn: number }

const keyNumber = fc.integer({ min: 0, max: 7 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('write' as const),
      keys: fc.array(keyNumber, { minLength: 1, maxLength: 12 }),
      length: fc.integer({ min: 0, max: 200 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('forget' as const), key: keyNumber }) },
  { weight: 1, arbitrary: fc.constant({ type: 'reopen' as const }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('kill' as const), torn: fc.integer({ min: 0, max: 999 }) }) },
)

/** What must be there, and what may: a record that is forgotten may show again, but only the latest of its key. */
class Model {
  #count = 0
  readonly #latest = new Map<string, { readonly n: number; isForgotten: boolean }>()

  write(key: string): number {
    this.#count += 1
    this.#latest.set(key, { n: this.#count, isForgotten: false })
    return this.#count
  }

  forget(key: string): void {
    const latest = this.#latest.get(key)
    if (latest !== undefined) latest.isForgotten = true
  }

  /** Compares with what an opening shows. What shows again counts again. */
  expectShown({ entries }: OpenedJournal): void {
    const shown = entries.map(({ key, record }) => ({ key, n: (record as { readonly n: number }).n }))
    expect(shown.toSorted((a, b) => a.n - b.n)).toEqual(shown)
    for (const { key, n } of shown) {
      expect({ key, n }).toEqual({ key, n: this.#latest.get(key)?.n })
      this.#latest.set(key, { n, isForgotten: false })
    }
    const keys = new Set(shown.map(({ key }) => key))
    for (const [key, { isForgotten }] of this.#latest) if (!isForgotten) expect(keys).toContain(key)
  }
}

class World {
  readonly #model = new Model()
  readonly #durability: Durability
  readonly #directory = join(root, String((made += 1)))
  #opened: OpenedJournal | undefined

  constructor(durability: Durability) {
    this.#durability = durability
  }

  async open(): Promise<void> {
    this.#opened = await openJournal(this.#directory, {
      durability: this.#durability,
      lockTimeoutMs: 5_000,
      segmentBytes,
    })
    this.#model.expectShown(this.#opened)
    expect(this.#opened.mayLackWrites).toBe(false)
  }

  async run(step: Step): Promise<void> {
    const journal = this.#opened!.journal
    switch (step.type) {
      case 'write': {
        const pad = 'x'.repeat(step.length)
        await Promise.all(step.keys.map((key) => journal.write(`k${key}`, { n: this.#model.write(`k${key}`), pad })))
        break
      }
      case 'forget':
        journal.forget(`k${step.key}`)
        this.#model.forget(`k${step.key}`)
        break
      case 'reopen':
        await journal.close()
        await this.open()
        break
      case 'kill':
        await this.#kill(step.torn)
    }
  }

  /** All that was acknowledged is in the files, and then the beginning of a batch. */
  async #kill(torn: number): Promise<void> {
    await this.#opened!.journal.close()
    const newest = (await segmentsIn(this.#directory)).at(-1)
    if (newest !== undefined) {
      const path = join(this.#directory, newest)
      const batches = (await readFile(path)).subarray(headerBytes)
      const batch = batches.subarray(0, 12 + batches.readUInt32LE(8))
      await appendFile(path, batch.subarray(0, Math.floor((batch.length * torn) / 1_000)))
    }
    await this.open()
  }

  async close(): Promise<void> {
    await this.#opened!.journal.close()
    const sizes = (await segmentsIn(this.#directory)).map(
      async (name) => (await stat(join(this.#directory, name))).size,
    )
    // Twice what is live, and a few segments, of which each is longer by the write that filled it.
    const liveBytes = 8 * 250
    expect((await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)).toBeLessThan(
      2 * liveBytes + 7 * (segmentBytes + 12 * 250),
    )
    await rm(this.#directory, { recursive: true })
  }
}

async function segmentsIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.log')).sort()
}

test.each(['fast', 'powerLoss'] as const)(
  'whatever is written, forgotten, opened again or killed in mid-write, a journal (%s) shows the latest records',
  async (durability) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const world = new World(durability)
        await world.open()
        for (const each of steps) await world.run(each)
        await world.close()
      }),
      { numRuns: durability === 'fast' ? 40 : 15 },
    )
  },
  // Each run syncs some dozens of times, which a busy disk makes long.
  60_000,
)
