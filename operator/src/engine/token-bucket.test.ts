import { expect, test } from 'vitest'
import { manualClock } from './manual-clock.ts'
import { createTokenBucket } from './token-bucket.ts'

test('a token bucket allows a burst, and then one at each interval', async () => {
  const clock = manualClock()
  const bucket = createTokenBucket(clock, { burst: 2, perSecond: 5 })
  expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false])
  await clock.advance(200)
  expect([bucket.take(), bucket.take()]).toEqual([true, false])
  await clock.advance(60_000)
  expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false])
})

test('reserved tokens come one after the other', async () => {
  const clock = manualClock()
  const bucket = createTokenBucket(clock, { burst: 1, perSecond: 5 })
  expect([bucket.reserve(), bucket.reserve(), bucket.reserve()]).toEqual([0, 200, 400])
  await clock.advance(400)
  expect(bucket.reserve()).toBe(200)
})
