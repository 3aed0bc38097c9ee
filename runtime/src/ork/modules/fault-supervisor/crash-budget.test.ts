import { expect, test } from 'vitest'
import { crashBudget, noteCrash } from './crash-budget.ts'

/** How many of crashes at these times are one too many. */
function exhaustedBy(times: readonly number[]): number {
  let crashes: readonly number[] = []
  let count = 0
  for (const at of times) {
    const noted = noteCrash(crashes, at)
    crashes = noted.crashes
    if (noted.exhausted) count += 1
  }
  return count
}

test('ten crashes in a minute are borne, the eleventh is one too many', () => {
  expect(exhaustedBy(Array.from({ length: crashBudget.crashes }, (_, index) => index))).toBe(0)
  expect(exhaustedBy(Array.from({ length: crashBudget.crashes + 1 }, (_, index) => index))).toBe(1)
})

test('crashes that are a minute old count no more', () => {
  expect(exhaustedBy(Array.from({ length: 1_000 }, (_, index) => index * (crashBudget.withinMs / 10)))).toBe(0)
})
