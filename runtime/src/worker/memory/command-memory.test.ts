import { beforeEach, describe, expect, test } from 'vitest'
import { type ScriptedJournal, scriptedJournal } from '../../../test/worker/scripted-journal.ts'
import { type ManualClock, manualClock } from '../../machine/manual-clock.ts'
import { StoreError } from '../../storage/store.ts'
import type { Outcome } from '../outcome.ts'
import { type CommandMemory, openCommandMemory } from './command-memory.ts'
import { recordKey } from './command-record.ts'

const done: Outcome = { status: 'SUCCESS', result: { text: 'x'.repeat(1_000) } }
const failed: Outcome = { status: 'FAILED', error: 'ERR_COMMAND_FAILED: no' }
const key = (n: number) => recordKey(`c-${n}`, 'r.a')

let clock: ManualClock
let journal: ScriptedJournal
let failures: (string | null)[]
let ids: number
beforeEach(() => {
  clock = manualClock()
  journal = scriptedJournal()
  failures = []
  ids = 0
})

/** The memory of the next process, with room for three commands. */
async function open(limits = { commands: 3, chars: 1_000_000 }): Promise<CommandMemory> {
  return openCommandMemory(await journal.open(), {
    clock,
    random: () => 0,
    newId: () => `instance-${(ids += 1)}`,
    onWrite: (error) => failures.push(error?.message ?? null),
    limits,
  })
}

/** Runs commands, a second apart. */
async function run(memory: CommandMemory, ...numbers: number[]): Promise<void> {
  for (const n of numbers) {
    await memory.start(key(n))
    memory.end(key(n), done)
    await clock.advance(1_000)
  }
}

describe('what ended', () => {
  test('is known at once and after a restart, with its result or what went wrong', async () => {
    const before = await open()
    await before.start(key(1))
    before.end(key(1), done)
    await before.start(key(2))
    before.end(key(2), failed)
    expect([before.find(key(1)), before.find(key(2))]).toEqual([done, failed])
    await clock.advance(0)
    const after = await open()
    expect([after.find(key(1)), after.find(key(2)), after.find(key(3))]).toEqual([done, failed, undefined])
  })

  test('is another command on another device', async () => {
    const memory = await open()
    await run(memory, 1)
    expect(memory.find(recordKey('c-1', 'r.b'))).toBeUndefined()
  })

  test('with a result that is too large is known without it', async () => {
    const memory = await open()
    await memory.start(key(1))
    memory.end(key(1), { status: 'SUCCESS', result: 'x'.repeat(20_000) })
    expect(memory.find(key(1))).toEqual({ status: 'SUCCESS', result: { omittedChars: 20_002 } })
  })
})

describe('M1: what was started', () => {
  test('and has not ended when the process is killed is of unknown fate in every later one', async () => {
    await (await open()).start(key(1))
    for (let life = 0; life < 3; life += 1) {
      const { status, error } = ((await open()).find(key(1)) ?? {}) as { status?: string; error?: string }
      expect([status, error?.split(':')[0]]).toEqual(['FAILED', 'ERR_COMMAND_FATE_UNKNOWN'])
    }
  })

  test('and cannot be written rejects, and is not known', async () => {
    const memory = await open()
    journal.writable = false
    await expect(memory.start(key(1))).rejects.toThrow(StoreError)
    expect(memory.find(key(1))).toBeUndefined()
    expect(failures).toEqual(['the disk is full'])
  })

  test('is of unknown fate when its record cannot be understood', async () => {
    await run(await open(), 1)
    journal.texts.set(key(1), '{"status":"DONE-OTHERWISE"}')
    expect((await open()).find(key(1))).toMatchObject({ status: 'FAILED' })
  })
})

describe('M2: a result that cannot be written', () => {
  test('is known all the same, is tried again with ever longer pauses, and is on disk when there is room', async () => {
    const memory = await open()
    await memory.start(key(1))
    journal.writable = false
    memory.end(key(1), done)
    await clock.advance(20_000)
    expect(memory.find(key(1))).toEqual(done)
    expect(memory.owed).toBe(1)
    // At 0, 1, 3, 7 and 15 s.
    expect(failures).toHaveLength(5)
    journal.writable = true
    await clock.advance(15_000)
    expect(memory.owed).toBe(0)
    expect(failures.at(-1)).toBeNull()
    expect(clock.armed).toBe(0)
    expect((await open()).find(key(1))).toEqual(done)
  })

  test('is of unknown fate after a kill', async () => {
    const memory = await open()
    await memory.start(key(1))
    journal.writable = false
    memory.end(key(1), done)
    await clock.advance(1_000)
    journal.writable = true
    expect((await open()).find(key(1))).toMatchObject({ status: 'FAILED' })
  })

  test('is written with the next command that can be written down', async () => {
    const memory = await open()
    await memory.start(key(1))
    journal.writable = false
    memory.end(key(1), done)
    await clock.advance(0)
    journal.writable = true
    await memory.start(key(2))
    await clock.advance(0)
    expect(memory.owed).toBe(0)
    expect(failures).toEqual(['the disk is full', null])
    expect(clock.armed).toBe(0)
  })
})

describe('M3: what is forgotten', () => {
  test('is what ended first, and its space may be used again', async () => {
    const memory = await open()
    await run(memory, 1, 2, 3, 4)
    expect(memory.size).toBe(3)
    expect([1, 2, 3, 4].filter((n) => memory.find(key(n)) === undefined)).toEqual([1])
    expect(journal.texts.has(key(1))).toBe(false)
  })

  test.each([
    ['by count', { commands: 3, chars: 1_000_000 }],
    ['by size', { commands: 1_000, chars: 30_000 }],
  ])(
    '%s leaves no doubt of what was sent later, and never says that it knows what it may have forgotten',
    async (_, limits) => {
      const memory = await open(limits)
      const { instanceId } = memory
      const startedAt = clock.now()
      const knows = (of: CommandMemory, sentAt: number) =>
        of.knowsAllOf({ instanceId, ageMs: clock.now() - startedAt - sentAt })
      await run(memory, 1)
      expect(knows(memory, -1e9)).toBe(true)
      await run(memory, ...Array.from({ length: 99 }, (_none, n) => n + 2))
      await clock.advance(200_000)
      const oldest =
        Array.from({ length: 100 }, (_none, n) => n + 1).find((n) => memory.find(key(n)) !== undefined) ?? 0
      expect(oldest).toBeGreaterThan(1)
      for (const of of [memory, await open(limits)]) {
        // Sent when the oldest that is known ended: one that ended before it may be forgotten.
        expect(knows(of, (oldest - 1) * 1_000)).toBe(false)
        expect(knows(of, (oldest - 1) * 1_000 + 60_000)).toBe(false)
        expect(knows(of, (oldest - 1) * 1_000 + 60_001)).toBe(true)
      }
    },
  )
})

describe('the name of a memory', () => {
  test('stays over restarts, and what was sent to it is known', async () => {
    const before = await open()
    const after = await open()
    expect(after.instanceId).toBe(before.instanceId)
    expect(after.knowsAllOf({ instanceId: before.instanceId, ageMs: 1e9 })).toBe(true)
  })

  test.each<[string, () => void]>([
    ['is gone', () => journal.texts.clear()],
    ['may lack what was written last, after a power cut', () => void (journal.mayLackWrites = true)],
    ['has no name', () => journal.texts.delete('memory')],
  ])('is new when what was written %s, and nothing that was sent to the one before is known', async (_, happens) => {
    const before = await open()
    await run(before, 1)
    happens()
    const after = await open()
    expect(after.instanceId).not.toBe(before.instanceId)
    expect(after.knowsAllOf({ instanceId: before.instanceId, ageMs: 0 })).toBe(false)
    journal.mayLackWrites = false
    expect((await open()).instanceId).toBe(after.instanceId)
  })

  test('of a newer version is refused with a sentence', async () => {
    journal.texts.set('memory', '{"version":2,"instanceId":"i"}')
    await expect(open()).rejects.toThrow('newer version')
  })
})
