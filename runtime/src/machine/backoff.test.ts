import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

const backoff = { firstMs: 100, limitMs: 1_000 }

describe('backoffMs', () => {
  test('without luck it doubles up to its limit', () => {
    expect([1, 2, 3, 4, 5, 6].map((failures) => backoffMs(failures, backoff, () => 0))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ])
  })

  test('it stays between half and the whole of that, whatever the failures and the luck', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, luck) => {
        const full = backoffMs(failures, backoff, () => 0)
        const waited = backoffMs(failures, backoff, () => luck)
        expect(waited).toBeGreaterThanOrEqual(full / 2)
        expect(waited).toBeLessThanOrEqual(full)
        expect(full).toBeLessThanOrEqual(backoff.limitMs)
      }),
    )
  })
})
