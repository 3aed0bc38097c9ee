import { expect, test } from 'vitest'
import { manualClock } from '../../machine/manual-clock.ts'
import { createKeyedSchedule } from './keyed-schedule.ts'

test('a task runs again after the time that it names, until it names none', async () => {
  const clock = manualClock()
  const delays = [100, 200, null]
  let runs = 0
  const schedule = createKeyedSchedule({ clock, limit: 1, run: () => Promise.resolve(delays[runs++] ?? null) })
  schedule.wake('a')
  await clock.advance(99)
  expect(runs).toBe(1)
  await clock.advance(1)
  expect(runs).toBe(2)
  await clock.advance(10_000)
  expect(runs).toBe(3)
  expect(clock.armed).toBe(0)
})

test('a key that is woken while it runs runs once more, never twice at a time', async () => {
  const clock = manualClock()
  const ends: (() => void)[] = []
  const schedule = createKeyedSchedule({
    clock,
    limit: 8,
    run: () => new Promise((resolve) => ends.push(() => resolve(null))),
  })
  schedule.wake('a')
  schedule.wake('a')
  schedule.wake('a')
  expect(ends).toHaveLength(1)
  ends[0]?.()
  await clock.advance(0)
  expect(ends).toHaveLength(2)
  ends[1]?.()
  await clock.advance(0)
  expect(ends).toHaveLength(2)
})

test('tasks beyond the limit begin in the order in which they fell due', async () => {
  const clock = manualClock()
  const begun: string[] = []
  const ends: (() => void)[] = []
  const schedule = createKeyedSchedule({
    clock,
    limit: 1,
    run: (key) => new Promise((resolve) => (begun.push(key), ends.push(() => resolve(null)))),
  })
  for (const key of ['a', 'b', 'c']) schedule.wake(key)
  expect(begun).toEqual(['a'])
  for (let count = 0; count < 3; count += 1) {
    ends[count]?.()
    await clock.advance(0)
  }
  expect(begun).toEqual(['a', 'b', 'c'])
})

test('a key that is deleted while it runs is not run again', async () => {
  const clock = manualClock()
  let runs = 0
  const schedule = createKeyedSchedule({ clock, limit: 1, run: () => Promise.resolve((runs += 1)) })
  schedule.wake('a')
  schedule.delete('a')
  await clock.advance(1_000)
  expect(runs).toBe(1)
})

test('after closing nothing is armed and nothing begins', async () => {
  const clock = manualClock()
  let runs = 0
  const schedule = createKeyedSchedule({ clock, limit: 1, run: () => Promise.resolve((runs += 1)) })
  schedule.wakeAfter('a', 10)
  schedule.close()
  schedule.wake('b')
  schedule.wakeAfter('c', 1)
  await clock.advance(1_000)
  expect([runs, clock.armed]).toEqual([0, 0])
})
