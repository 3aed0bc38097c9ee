import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openJournal } from '../../src/storage/journal/segment-journal.ts'
import { Ledger, loadSegmentBytes, startLoadedWriter } from './loaded-writer.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'journal-kill-'))
})
afterAll(() => rm(root, { recursive: true }))

/** Lines after which each life ends; the moment in the write that this hits is anyone's guess. */
const lives = [1, 900, 64, 2_000, 333, 1_500]

test.concurrent.each(['fast', 'powerLoss'] as const)(
  'a journal (%s) whose process is killed under load again and again has whatever was acknowledged, and stays small',
  async (durability) => {
    const directory = join(root, durability)
    const ledger = new Ledger()
    for (const lines of lives) {
      const writer = startLoadedWriter(directory, durability)
      await ledger.follow(writer, (count) => {
        if (count === lines) writer.kill('SIGKILL')
      })
      const options = { durability, lockTimeoutMs: 10_000, segmentBytes: loadSegmentBytes }
      const { journal, entries, mayLackWrites } = await openJournal(directory, options)
      expect(ledger.faultsOf(entries)).toEqual([])
      expect(mayLackWrites).toBe(false)
      await journal.close()
    }
    expect(ledger.acknowledgements).toBeGreaterThan(lives.reduce((sum, lines) => sum + lines, 0) / 2)
    expect(await sizeOf(directory)).toBeLessThan(20 * loadSegmentBytes)
  },
)

async function sizeOf(directory: string): Promise<number> {
  const sizes = (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
