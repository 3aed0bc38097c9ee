import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runFault, whyNoFaults, whyNoPowerCut } from './disk-faults.ts'

let root = ''
let made = 0
async function folder(): Promise<string> {
  const directory = join(root, String((made += 1)))
  await mkdir(directory)
  return directory
}
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'journal-disk-'))
})
afterAll(() => rm(root, { recursive: true }))

const noFaults = whyNoFaults()
const noPowerCut = whyNoPowerCut()
for (const reason of [noFaults, noPowerCut])
  if (reason !== null) process.stderr.write(`journal on faulty disks: skipped, ${reason}\n`)

describe.each(['fast', 'powerLoss'] as const)('a journal (%s)', (durability) => {
  test.skipIf(noFaults !== null)(
    'on a full disk refuses writes and tells it, holds what it had acknowledged and nothing else, and writes again when there is room',
    async () => {
      const { written, refused, told, kept } = runFault('fullDisk', await folder(), durability) as {
        readonly written: readonly string[]
        readonly refused: readonly string[]
        readonly told: readonly string[]
        readonly kept: readonly string[]
      }
      expect(refused.length).toBeGreaterThanOrEqual(3)
      expect(written.filter((name) => name.startsWith('after'))).toHaveLength(20)
      expect(kept).toEqual(written)
      expect(told.at(-1)).toBe('recovered')
      expect(told[0]).toMatch(/journal cannot be written; see whether its disk is full$/)
    },
  )

  test.skipIf(noFaults !== null)('on a read-only volume is refused, and unharmed', async () => {
    const directory = await folder()
    expect(runFault('readOnly', directory, durability)).toEqual({
      refusal: `StoreError: the folder ${directory} cannot be written; let this process's user write there`,
      kept: ['a'],
    })
  })
})

describe('after a power cut under load', () => {
  test.skipIf(noPowerCut !== null)('a journal (powerLoss) has whatever was acknowledged', async () => {
    expect(runFault('powerCut', await folder(), 'powerLoss')).toMatchObject({ mayLackWrites: false, faults: [] })
  })

  test.skipIf(noPowerCut !== null)(
    'a journal (fast) is as it was at an earlier time, and says that it may lack writes',
    async () => {
      expect(runFault('powerCut', await folder(), 'fast')).toMatchObject({ mayLackWrites: true, faultsBeforeLast: [] })
    },
  )
})
