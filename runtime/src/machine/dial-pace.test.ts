import { expect, test } from 'vitest'
import { dialPaceMs, paceAfter, paceOfDoubts, slowestDialPaceMs, slowestDoubtPaceMs } from './dial-pace.ts'

test('the pace stays at its fastest for half a minute, then slows down to two seconds and no further', () => {
  expect(paceAfter(0)).toBe(dialPaceMs)
  expect(paceAfter(120)).toBe(dialPaceMs)
  expect(paceAfter(130)).toBeGreaterThan(dialPaceMs)
  expect(paceAfter(100_000)).toBe(slowestDialPaceMs)
})

test('the pace of a peer whose links are doubted again and again doubles up to a quarter of a minute', () => {
  expect([0, 1, 2, 3, 50].map(paceOfDoubts)).toEqual([250, 250, 500, 1_000, slowestDoubtPaceMs])
})
