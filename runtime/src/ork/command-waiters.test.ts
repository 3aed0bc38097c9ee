import { expect, test } from 'vitest'
import { manualClock } from '../machine/manual-clock.ts'
import type { CommandRecord, CommandStatus } from '../protocol/payloads.ts'
import { CommandWaiters, maxWaitMs } from './command-waiters.ts'

/** Commands by id, and the order in which those who asked for them were answered, with what. */
function bench(limit = 100) {
  const clock = manualClock()
  const statuses = new Map<string, CommandStatus>([
    ['c1', 'EXECUTING'],
    ['c2', 'QUEUED'],
    ['done', 'SUCCESS'],
  ])
  const find = (commandId: string) => {
    const status = statuses.get(commandId)
    return status === undefined ? undefined : ({ commandId, status } as CommandRecord)
  }
  const waiters = new CommandWaiters({ clock, find, limit })
  const answers: string[] = []
  const ask = (name: string, commandId: string, waitMs: number) =>
    void waiters.follow(commandId, waitMs).then((found) => answers.push(`${name} ${found?.status}`))
  const end = (commandId: string) => {
    statuses.set(commandId, 'FAILED')
    waiters.onEnd({ commandId, status: 'FAILED' } as CommandRecord)
  }
  return { clock, waiters, answers, ask, end }
}

test.each([
  ['one that has ended', 'done', 1_000, 'a SUCCESS'],
  ['one that nobody knows', 'unknown', 1_000, 'a undefined'],
  ['one that nobody waits for', 'c1', 0, 'a EXECUTING'],
])('a question about %s is answered at once', async (_, commandId, waitMs, answer) => {
  const { clock, answers, ask } = bench()
  ask('a', commandId, waitMs)
  await clock.advance(0)
  expect(answers).toEqual([answer])
  expect(clock.armed).toBe(0)
})

test('all who wait for a command hear of its end, and nobody else', async () => {
  const { clock, answers, ask, end } = bench()
  ask('a', 'c1', 1_000)
  ask('b', 'c1', 1_000)
  ask('c', 'c2', 1_000)
  end('c1')
  await clock.advance(0)
  expect(answers).toEqual(['a FAILED', 'b FAILED'])
})

test('who waits for a command that does not end hears so when the time is over, of which there is not any amount', async () => {
  const { clock, answers, ask } = bench()
  ask('a', 'c1', 100)
  ask('b', 'c1', 3_600_000)
  await clock.advance(100)
  expect(answers).toEqual(['a EXECUTING'])
  await clock.advance(maxWaitMs - 100)
  expect(answers).toEqual(['a EXECUTING', 'b EXECUTING'])
  expect(clock.armed).toBe(0)
})

test('one more than may wait is answered at once, and may wait when another is gone', async () => {
  const { clock, answers, ask, end } = bench(1)
  ask('a', 'c1', 1_000)
  ask('b', 'c2', 1_000)
  await clock.advance(0)
  expect(answers).toEqual(['b QUEUED'])
  end('c1')
  ask('c', 'c2', 1_000)
  await clock.advance(0)
  expect(answers).toEqual(['b QUEUED', 'a FAILED'])
})

test('closing answers everybody, and nobody waits afterwards', async () => {
  const { clock, waiters, answers, ask } = bench()
  ask('a', 'c1', 1_000)
  waiters.close()
  ask('b', 'c2', 1_000)
  await clock.advance(0)
  expect(answers.toSorted()).toEqual(['a EXECUTING', 'b QUEUED'])
  expect(clock.armed).toBe(0)
})
