import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { StoreError } from '../store.ts'
import type { Cut, Durability, OpenedJournal } from './journal.ts'
import { headerBytes } from './segment-header.ts'
import { openJournal } from './segment-journal.ts'

let root = ''
let made = 0
let directory = ''
let cuts: Cut[] = []

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'recovery-'))
})
afterAll(() => rm(root, { recursive: true }))
beforeEach(() => {
  directory = join(root, String((made += 1)))
  cuts = []
})

const openWith = (durability: Durability, segmentBytes = 1_000): Promise<OpenedJournal> =>
  openJournal(directory, { durability, segmentBytes, lockTimeoutMs: 5_000, onCut: (cut) => cuts.push(cut) })

const segment = (number: number): string => join(directory, `${String(number).padStart(20, '0')}.log`)

/** Bytes of a batch that holds one of the records below. */
const batchBytes = 12 + 12 + 'key-10'.length + JSON.stringify({ n: 10, pad: 'x'.repeat(50) }).length
const perSegment = Math.ceil((1_000 - headerBytes) / batchBytes)

/** Writes records `key-10`, `key-11` … one by one, so many to a segment, and ends as a kill ends it: without a word on disk. */
async function writeKeys(count: number, durability: Durability): Promise<void> {
  const { journal } = await openWith(durability)
  for (let n = 10; n < 10 + count; n += 1) await journal.write(`key-${n}`, { n, pad: 'x'.repeat(50) })
  await journal.close()
  const newest = segment((await segments()).length)
  const { size } = await stat(newest)
  if (durability === 'fast') await truncate(newest, size - 12)
}

const segments = async () => (await readdir(directory)).filter((name) => name.endsWith('.log')).sort()

/** The keys' numbers that are there, and the journal closed again. */
async function reopened(
  durability: Durability,
): Promise<{ readonly numbers: number[]; readonly mayLackWrites: boolean }> {
  const { journal, entries, mayLackWrites } = await openWith(durability)
  await journal.close()
  return { numbers: entries.map(({ record }) => (record as { n: number }).n), mayLackWrites }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => 10 + at)

async function damage(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[offset]! ^= 1
  await writeFile(path, bytes)
}

/** What the folder holds, but the lock. */
async function contents(): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const name of await segments()) found[name] = await readFile(join(directory, name), 'latin1')
  return found
}

/** As if the machine had started anew since: its boot is another one. */
async function startMachineAnew(): Promise<void> {
  for (const name of await segments()) {
    const path = join(directory, name)
    const text = await readFile(path, 'latin1')
    await writeFile(path, text.replace(/^(mdk-journal 1 \w+) \S{36} /, `$1 ${'0'.repeat(36)} `), 'latin1')
  }
}

/** Opening is refused with the text, and changes nothing on disk. */
async function expectRefused(durability: Durability, text: string): Promise<void> {
  const before = await contents()
  const opening = openWith(durability)
  await expect(opening).rejects.toThrow(StoreError)
  await expect(opening).rejects.toThrow(text)
  expect(await contents()).toEqual(before)
  expect(cuts).toEqual([])
}

describe.each(['fast', 'powerLoss'] as const)(
  'a journal that was written with %s and whose process was killed',
  (durability) => {
    test('has every record', async () => {
      await writeKeys(2 * perSegment + 3, durability)
      expect(await segments()).toHaveLength(3)
      expect(await reopened(durability)).toEqual({ numbers: upTo(2 * perSegment + 3), mayLackWrites: false })
      expect(cuts).toEqual([])
    })

    test('has every whole batch when the last one is torn at any byte; the cut is told, once, and writing goes on behind it', async () => {
      await writeKeys(3, durability)
      const whole = await readFile(segment(1))
      for (let torn = 1; torn < batchBytes; torn += 7) {
        cuts = []
        await writeFile(segment(1), whole.subarray(0, whole.length - batchBytes + torn))
        expect((await reopened(durability)).numbers).toEqual(upTo(2))
        expect(cuts).toEqual([{ file: segment(1), offset: whole.length - batchBytes, sizeBytes: torn }])
        const { journal } = await openWith(durability)
        await journal.write('key-12', { n: 12 })
        await journal.close()
        expect((await reopened(durability)).numbers).toEqual(upTo(3))
        expect(cuts).toHaveLength(1)
      }
    })

    test('is opened when what follows the last whole batch are zeros or scraps of a batch', async () => {
      await writeKeys(3, durability)
      const whole = await readFile(segment(1))
      for (const scrap of [
        Buffer.alloc(5_000),
        whole.subarray(headerBytes, headerBytes + 40),
        whole.subarray(headerBytes + 5, headerBytes + batchBytes + 40),
      ]) {
        await writeFile(segment(1), Buffer.concat([whole, scrap]))
        expect((await reopened(durability)).numbers).toEqual(upTo(3))
        expect(cuts.pop()).toEqual({ file: segment(1), offset: whole.length, sizeBytes: scrap.length })
      }
    })

    test.each([0, 40, headerBytes])('is opened when of a new segment there are %i bytes only', async (size) => {
      await writeKeys(perSegment, durability)
      await writeFile(segment(2), (await readFile(segment(1))).subarray(0, size))
      await appendFile(segment(2), '')
      if (size === headerBytes) {
        const header = `mdk-journal 1 ${durability} unknown ${(await stat(segment(1))).size}`
        await writeFile(segment(2), `${header.padEnd(headerBytes - 1)}\n`)
      }
      expect((await reopened(durability)).numbers).toEqual(upTo(perSegment))
      expect(cuts.map(({ sizeBytes }) => sizeBytes)).toEqual(size === 40 ? [40] : [])
    })

    test('is refused when a batch is damaged that others follow, in the same segment or in the next', async () => {
      await writeKeys(perSegment + 2, durability)
      const [first, second] = [await readFile(segment(1)), await readFile(segment(2))]
      for (const [number, at] of [
        [1, 0],
        [1, 3],
        [1, perSegment - 1],
        [2, 0],
      ] as const) {
        const offset = headerBytes + at * batchBytes
        await damage(segment(number), offset + 30)
        await expectRefused(
          durability,
          `${segment(number)} is damaged from byte ${offset} on, and what follows isn't; restore`,
        )
        await writeFile(segment(1), first)
        await writeFile(segment(2), second)
      }
    })

    test('is refused when a segment that has a next one is shorter, has lost its first line, or is missing', async () => {
      await writeKeys(2 * perSegment + 1, durability)
      const second = await readFile(segment(2))
      await truncate(segment(2), second.length - batchBytes)
      await expectRefused(durability, `${segment(2)} is damaged from byte ${second.length - batchBytes} on`)
      await writeFile(segment(2), second)
      await damage(segment(2), 3)
      await expectRefused(durability, `${segment(2)} is damaged from byte 0 on`)
      await unlink(segment(2))
      await expectRefused(durability, `the journal lacks its file ${segment(2)}; restore`)
    })

    test('lacks what a write that failed has left behind the end of a segment', async () => {
      await writeKeys(perSegment + 1, durability)
      const first = await readFile(segment(1))
      await appendFile(segment(1), first.subarray(headerBytes, headerBytes + batchBytes))
      expect((await reopened(durability)).numbers).toEqual(upTo(perSegment + 1))
    })

    test('is refused when a newer version has written it', async () => {
      await writeKeys(perSegment + 1, durability)
      await writeFile(segment(2), 'mdk-journal 2 whatever comes')
      await expectRefused(
        durability,
        `${segment(2)} was written by a newer version, in format 2, of which this version knows 1; run`,
      )
    })
  },
)

describe('a journal whose machine has started anew', () => {
  test('may lack writes if it was written with fast, and goes on doing so until something is written', async () => {
    await writeKeys(3, 'fast')
    await startMachineAnew()
    expect(await reopened('fast')).toEqual({ numbers: upTo(3), mayLackWrites: true })
    expect(await reopened('powerLoss')).toEqual({ numbers: upTo(3), mayLackWrites: true })
    const { journal } = await openWith('fast')
    await journal.write('key-13', { n: 13 })
    await journal.close()
    expect(await reopened('fast')).toEqual({ numbers: upTo(4), mayLackWrites: false })
  })

  test('lacks nothing if it was closed, or written with powerLoss', async () => {
    const { journal } = await openWith('fast')
    await journal.write('key-10', { n: 10 })
    await journal.close()
    await startMachineAnew()
    expect(await reopened('fast')).toEqual({ numbers: upTo(1), mayLackWrites: false })
    directory = `${directory}-powerLoss`
    await writeKeys(3, 'powerLoss')
    await startMachineAnew()
    expect(await reopened('powerLoss')).toEqual({ numbers: upTo(3), mayLackWrites: false })
  })

  test('is as it was before the first gap, if it was written with fast and the gap is in the newest two segments', async () => {
    await writeKeys(2 * perSegment + 2, 'fast')
    await startMachineAnew()
    const [second, third] = [await readFile(segment(2)), await readFile(segment(3))]
    const offset = headerBytes + 2 * batchBytes
    await writeFile(
      segment(2),
      Buffer.concat([second.subarray(0, offset), Buffer.alloc(100), second.subarray(offset + 100)]),
    )
    expect(await reopened('fast')).toEqual({ numbers: upTo(perSegment + 2), mayLackWrites: true })
    expect(cuts).toEqual([
      { file: segment(3), offset: 0, sizeBytes: third.length },
      { file: segment(2), offset, sizeBytes: second.length - offset },
    ])
    expect(await segments()).toHaveLength(2)
  })

  test('is refused all the same if the gap is in an older segment, or it was written with powerLoss', async () => {
    await writeKeys(2 * perSegment + 2, 'fast')
    await startMachineAnew()
    await damage(segment(1), 300)
    await expectRefused('fast', `${segment(1)} is damaged`)
    directory = `${directory}-powerLoss`
    await writeKeys(2 * perSegment + 2, 'powerLoss')
    await startMachineAnew()
    await damage(segment(3), 150)
    await expectRefused('powerLoss', `${segment(3)} is damaged`)
  })
})

test('a segment that is damaged while the journal is open is not copied: that is told, and writes go on', async () => {
  const told: string[] = []
  const onKeepsAll = ({ message }: StoreError) => void told.push(message)
  const { journal } = await openJournal(directory, {
    durability: 'fast',
    lockTimeoutMs: 5_000,
    segmentBytes: 1_000,
    onKeepsAll,
  })
  await journal.write('old', { n: 10 })
  await damage(segment(1), headerBytes + 30)
  for (let n = 0; n < 200; n += 1) await journal.write('churn', { n, pad: 'x'.repeat(50) })
  await journal.close()
  expect(told).toEqual([
    expect.stringContaining(`${segment(1)} can't be read any more, and no space be reclaimed; restore`),
  ])
  await expectRefused('fast', `${segment(1)} is damaged from byte ${headerBytes} on`)
})
