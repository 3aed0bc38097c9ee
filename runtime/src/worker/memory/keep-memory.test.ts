import { beforeEach, expect, test } from 'vitest'
import { type ScriptedJournal, scriptedJournal } from '../../../test/worker/scripted-journal.ts'
import { type ManualClock, manualClock } from '../../machine/manual-clock.ts'
import { type KeptMemory, keepMemory } from './keep-memory.ts'

let clock: ManualClock
let journal: ScriptedJournal
let opened: string[]
beforeEach(() => {
  clock = manualClock()
  journal = scriptedJournal()
  opened = []
})

const keep = (): Promise<KeptMemory> =>
  keepMemory({
    open: () => journal.open(),
    clock,
    random: () => 0,
    newId: () => 'instance',
    onWrite: () => undefined,
    onOpen: ({ instanceId }) => opened.push(instanceId),
  })

test('a memory that can be opened is there from the first', async () => {
  const kept = await keep()
  expect([kept.current()?.instanceId, kept.problem(), opened]).toEqual(['instance', null, ['instance']])
  await kept.close()
})

test.each<[string, () => void, () => void]>([
  ['held by another', () => void (journal.broken = true), () => void (journal.broken = false)],
  ['full from the first', () => void (journal.writable = false), () => void (journal.writable = true)],
])('a memory that is %s is no memory, says why, and is there when it can be', async (_, spoil, mend) => {
  spoil()
  const kept = await keep()
  expect(kept.current()).toBeNull()
  expect(kept.problem()).toMatch(/^it runs no commands, as it can't write them down: the (folder|disk) is/)
  await clock.advance(20_000)
  expect(kept.current()).toBeNull()
  mend()
  await clock.advance(30_000)
  expect([kept.current()?.instanceId, kept.problem()]).toEqual(['instance', null])
  await kept.close()
  expect(clock.armed).toBe(0)
})

test('a memory that fills up has a problem until it can be written again', async () => {
  const kept = await keep()
  journal.writable = false
  await kept
    .current()
    ?.start('c r.a')
    .catch(() => undefined)
  expect(kept.problem()).toMatch('the disk is full')
  journal.writable = true
  await clock.advance(1_000)
  expect(kept.problem()).toBeNull()
  await kept.close()
})

test('a memory that could never be opened is closed without waiting', async () => {
  journal.broken = true
  const kept = await keep()
  await kept.close()
  expect(clock.armed).toBe(0)
})
