import { expect, test } from 'vitest'
import { startDeadline } from './deadline.ts'
import { manualClock } from './manual-clock.ts'
import { startWatchdog } from './watchdog.ts'

test('a watchdog that is fed stays quiet, and barks once after the silence', async () => {
  const clock = manualClock()
  let barks = 0
  const dog = startWatchdog(clock, 1_000, () => barks++)
  for (let fed = 0; fed < 5; fed++) {
    await clock.advance(900)
    dog.feed()
  }
  await clock.advance(999)
  expect(barks).toBe(0)
  await clock.advance(5_000)
  expect([barks, clock.armed]).toEqual([1, 0])
  dog.close()
})

test('a deadline aborts at its limit or with its parent, and leaves nothing behind', async () => {
  const clock = manualClock()
  const parent = new AbortController()
  const first = startDeadline(clock, 1_000, 'the run', parent.signal)
  await clock.advance(1_000)
  expect([first.passed, String(first.signal.reason)]).toEqual([true, 'Error: the run took longer than 1 s'])
  const second = startDeadline(clock, 1_000, 'the run', parent.signal)
  parent.abort(new Error('enough'))
  expect([second.passed, String(second.signal.reason)]).toEqual([false, 'Error: enough'])
  for (const deadline of [first, second]) deadline.clear()
  expect(clock.armed).toBe(0)
})
