import { expect, test } from 'vitest'
import { manualClock } from '../machine/manual-clock.ts'
import { startSelfCheck } from './self-check.ts'

test('the check is made at once and every three seconds, until it is closed', async () => {
  const clock = manualClock()
  const answers = [false, true, false]
  const check = startSelfCheck(() => Promise.resolve(answers.shift() ?? true), clock)
  expect(check.passed()).toBe(false)
  await clock.advance(2_999)
  expect(check.passed()).toBe(false)
  await clock.advance(1)
  expect(check.passed()).toBe(true)
  await clock.advance(3_000)
  expect(check.passed()).toBe(false)
  check.close()
  await clock.advance(10_000)
  expect(clock.armed).toBe(0)
})
