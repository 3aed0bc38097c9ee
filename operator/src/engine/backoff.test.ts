import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs, createBackoff, createKeyedBackoff } from './backoff.ts'

const never = { firstMs: 5, limitMs: 1_000_000, random: () => 0 }

describe('backoff', () => {
  test('doubles from 5 ms to 1000 s', () => {
    const delays = [1, 2, 3, 10, 18, 19, 1_000].map((failures) => backoffMs(failures, never))
    expect(delays).toEqual([5, 10, 20, 2_560, 655_360, 1_000_000, 1_000_000])
  })

  test('takes off up to a half at random, and never leaves its bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, drawn) => {
          const full = backoffMs(failures, never)
          const delay = backoffMs(failures, { ...never, random: () => drawn })
          expect(delay).toBeGreaterThan(full / 2 - 1e-9)
          expect(delay).toBeLessThanOrEqual(full)
        },
      ),
    )
  })

  test('counts each key by itself, and begins anew after it was forgotten', () => {
    const backoff = createKeyedBackoff(never)
    expect([backoff.nextMs('a'), backoff.nextMs('a'), backoff.nextMs('b')]).toEqual([5, 10, 5])
    backoff.forget('a')
    expect(backoff.nextMs('a')).toBe(5)
  })

  test('of one thing begins anew after a success', () => {
    const backoff = createBackoff({ ...never, firstMs: 800 })
    expect([backoff.nextMs(), backoff.nextMs()]).toEqual([800, 1_600])
    backoff.reset()
    expect(backoff.nextMs()).toBe(800)
  })
})
