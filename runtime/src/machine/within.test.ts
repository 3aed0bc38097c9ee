import { expect, test } from 'vitest'
import { manualClock } from './manual-clock.ts'
import { within } from './within.ts'

test('work that ends in time gives what it comes to, or rejects with why, and leaves no timer', async () => {
  const clock = manualClock()
  expect(await within(clock, 10, Promise.resolve('done'), 'late')).toBe('done')
  await expect(within(clock, 10, Promise.reject(new Error('no')), 'late')).rejects.toThrow('no')
  expect(clock.armed).toBe(0)
})

test('work that takes longer is waited for no more, and may fail later', async () => {
  const clock = manualClock()
  const { promise, reject } = Promise.withResolvers<string>()
  const ended = within(clock, 10, promise, 'late')
  await clock.advance(10)
  expect(await ended).toBe('late')
  reject(new Error('nobody hears this'))
})
