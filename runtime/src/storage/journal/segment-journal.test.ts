import { mkdir, mkdtemp, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StoreError } from '../store.ts'
import type { Journal } from './journal.ts'
import { journalSuite } from './journal-suite.ts'
import { type JournalOptions, openJournal } from './segment-journal.ts'

let root = ''
let made = 0
const folder = () => join(root, String((made += 1)))
const small: JournalOptions = { durability: 'fast', lockTimeoutMs: 5_000, segmentBytes: 4_096 }

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'journal-'))
})
afterAll(() => rm(root, { recursive: true }))

for (const durability of ['fast', 'powerLoss'] as const) {
  journalSuite(`journal in segments, ${durability}`, () => {
    const directory = folder()
    return { open: () => openJournal(directory, { durability, lockTimeoutMs: 5_000 }) }
  })
  journalSuite(`journal in segments of a few records, ${durability}`, () => {
    const directory = folder()
    return { open: () => openJournal(directory, { ...small, durability, segmentBytes: 200 }) }
  })
}

async function segmentsIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.log')).sort()
}

/** Files may go while they are counted. */
async function sizeOf(directory: string): Promise<number> {
  const sizes = (await segmentsIn(directory)).map(
    async (name) => (await stat(join(directory, name)).catch(() => null))?.size ?? 0,
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** Writes the same few keys, one after the other, for so many times. */
async function churn(journal: Journal, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await journal.write(`churn-${n % 3}`, { n, pad: 'x'.repeat(100) })
}

describe('the space that a journal takes', () => {
  test('stays bounded, however often records are replaced', async () => {
    const directory = folder()
    const { journal } = await openJournal(directory, small)
    for (let round = 0; round < 20; round += 1) {
      await churn(journal, 100)
      expect(await sizeOf(directory)).toBeLessThan(12 * 4_096)
    }
    await journal.close()
  })

  test('is given back by an old segment that holds something live, which is copied and comes back in its place in the order', async () => {
    const directory = folder()
    const { journal } = await openJournal(directory, small)
    await journal.write('old', { kept: 1 })
    const [oldest] = await segmentsIn(directory)
    await churn(journal, 501)
    await journal.close()
    expect(await segmentsIn(directory)).not.toContain(oldest)
    const again = await openJournal(directory, small)
    expect(again.entries.map(({ key }) => key)).toEqual(['old', 'churn-0', 'churn-1', 'churn-2'])
    expect(again.entries[0]?.record).toEqual({ kept: 1 })
    await again.journal.close()
  })

  test('is given back when all is forgotten, but for the newest segment: the journal is not new', async () => {
    const directory = folder()
    const { journal } = await openJournal(directory, small)
    for (let n = 0; n < 500; n += 1) await journal.write(`key-${n}`, { n, pad: 'x'.repeat(100) })
    const full = await sizeOf(directory)
    for (let n = 0; n < 500; n += 1) journal.forget(`key-${n}`)
    expect(full).toBeGreaterThan(50_000)
    await expect.poll(() => sizeOf(directory)).toBeLessThan(6 * 4_096)
    await journal.close()
    const again = await openJournal(directory, small)
    expect(again.isNew).toBe(false)
    await again.journal.close()
  })

  test('grows by nothing when a journal is opened and closed without a write', async () => {
    const directory = folder()
    const { journal } = await openJournal(directory, small)
    await churn(journal, 5)
    await journal.close()
    const before = await sizeOf(directory)
    for (let times = 0; times < 3; times += 1) await (await openJournal(directory, small)).journal.close()
    expect(await sizeOf(directory)).toBe(before)
  })

  test('is no longer given back, and that is told, when a segment cannot be removed; writes go on and nothing is lost', async () => {
    const directory = folder()
    const told: string[] = []
    const { journal } = await openJournal(directory, { ...small, onKeepsAll: ({ message }) => told.push(message) })
    await churn(journal, 1)
    // A folder of that name can't be unlinked.
    const oldest = join(directory, (await segmentsIn(directory))[0] ?? '')
    await unlink(oldest)
    await mkdir(oldest)
    await churn(journal, 500)
    await journal.close()
    expect(told).toEqual([`the journal in ${directory} reclaims no space until it is opened again`])
    await rm(oldest, { recursive: true })
    const again = await openJournal(directory, small)
    expect(again.entries.map(({ record }) => (record as { n: number }).n)).toEqual([497, 498, 499])
    await again.journal.close()
  })
})

describe('openJournal', () => {
  test('what waits for the disk is bounded: a write beyond that is refused, and those before it are not', async () => {
    const { journal } = await openJournal(folder(), { ...small, segmentBytes: 8 * 1024 * 1024 })
    const record = { text: 'x'.repeat(15 * 1024 * 1024) }
    const writes = Array.from({ length: 5 }, (_, n) => journal.write(String(n), record))
    await expect(writes[4]).rejects.toThrow(StoreError)
    await expect(writes[4]).rejects.toThrow("doesn't keep up")
    await Promise.all(writes.slice(0, 4))
    await journal.write('after', {})
    await journal.close()
  })

  test('a folder that cannot be made is refused by its name', async () => {
    const file = folder()
    await writeFile(file, '')
    const opening = openJournal(join(file, 'journal'), small)
    await expect(opening).rejects.toThrow(StoreError)
    await expect(opening).rejects.toThrow(`${join(file, 'journal')} cannot be made`)
  })

  test('a folder that cannot be written is refused by its name', async () => {
    const directory = folder()
    await mkdir(join(directory, 'lock'), { recursive: true })
    const opening = openJournal(directory, small)
    await expect(opening).rejects.toThrow(StoreError)
    await expect(opening).rejects.toThrow(`${directory} cannot be written`)
  })
})
