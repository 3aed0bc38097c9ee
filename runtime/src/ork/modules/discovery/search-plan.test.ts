import { expect, test } from 'vitest'
import {
  type Announcers,
  decideHandOffs,
  lookupDelayMs,
  maxAnnouncers,
  maxStrangers,
  noteHandOffs,
  noteSeen,
  strangersAmong,
} from './search-plan.ts'

const none: Announcers = new Map()

test('lookups come several a second while anyone is missing, else every ten to fifteen seconds', () => {
  expect(lookupDelayMs(true, () => 0.5)).toBeLessThanOrEqual(333)
  expect(lookupDelayMs(false, () => 0)).toBe(10_000)
  expect(lookupDelayMs(false, () => 0.999)).toBeLessThan(15_000)
})

test('an announcer is asked which process it is once, and remembered', () => {
  const seen = noteSeen(none, ['t1'], 1)
  expect(decideHandOffs(seen, ['t1'], 1)).toEqual(['t1'])
  const told = noteHandOffs(seen, new Map([['t1', 'k1']]), 2)
  expect(decideHandOffs(noteSeen(told, ['t1'], 500_000), ['t1'], 500_000)).toEqual([])
})

test('an announcer that does not answer is asked again later, each time later', () => {
  let announcers = noteHandOffs(noteSeen(none, ['t1'], 0), new Map([['t1', null]]), 0)
  expect(decideHandOffs(announcers, ['t1'], 999)).toEqual([])
  expect(decideHandOffs(announcers, ['t1'], 1_000)).toEqual(['t1'])
  for (let tries = 0; tries < 10; tries += 1) announcers = noteHandOffs(announcers, new Map([['t1', null]]), 0)
  expect(decideHandOffs(announcers, ['t1'], 59_999)).toEqual([])
  expect(decideHandOffs(announcers, ['t1'], 60_000)).toEqual(['t1'])
})

test('whoever is not seen for ten minutes is forgotten, whoever is seen is not', () => {
  const both = noteSeen(noteSeen(none, ['t1', 't2'], 0), ['t2'], 300_000)
  expect([...noteSeen(both, ['t2'], 600_000).keys()]).toEqual(['t2'])
})

test('a flood of announcers is bounded, and forgets those seen longest ago first', () => {
  const flood = Array.from({ length: maxAnnouncers + 10 }, (_, index) => `t${index}`)
  const noted = noteSeen(noteSeen(none, ['old'], 0), flood, 1)
  expect(noted.size).toBe(maxAnnouncers)
  expect(noted.has('old')).toBe(false)
  expect(noted.has(`t${maxAnnouncers + 9}`)).toBe(true)
})

test("strangers are those who told a key that is nobody's of the site, sorted, a hundred at most", () => {
  let announcers = noteSeen(none, ['t1', 't2', 't3'], 0)
  announcers = noteHandOffs(announcers, new Map([['t1', 'zz']]), 0)
  announcers = noteHandOffs(announcers, new Map([['t2', 'member']]), 0)
  expect(strangersAmong(announcers, (key) => key === 'member')).toEqual(['zz'])
  for (let index = 0; index < 200; index += 1) {
    announcers = noteHandOffs(noteSeen(announcers, [`x${index}`], 1), new Map([[`x${index}`, `k${index}`]]), 1)
  }
  expect(strangersAmong(announcers, () => false)).toHaveLength(maxStrangers)
})
