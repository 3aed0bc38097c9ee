import { expect, test } from 'vitest'
import { dialPaceMs } from '../../../machine/dial-pace.ts'
import { type DialState, decideDials, dialPatience, dialsInFlight, youngDials } from './dial-plan.ts'

const now = 1_000_000
const peer = (publicKey: string, state: Partial<DialState> = {}): DialState => ({
  publicKey,
  wanted: true,
  underWay: 0,
  young: 0,
  failures: 0,
  doubts: 0,
  lastStartedAt: null,
  ...state,
})

test('when nobody is missing there is nothing to do, and nothing to wait for', () => {
  expect(decideDials([peer('a', { wanted: false })], now)).toEqual({ start: [], againInMs: null })
})

test('a peer that was never dialled is dialled at once', () => {
  expect(decideDials([peer('a')], now).start).toEqual(['a'])
})

test('a missing peer is dialled again after the pace, not before', () => {
  expect(decideDials([peer('a', { lastStartedAt: now - 100 })], now)).toEqual({
    start: [],
    againInMs: dialPaceMs - 100,
  })
  expect(decideDials([peer('a', { lastStartedAt: now - dialPaceMs })], now).start).toEqual(['a'])
})

test('while few are missing dials to one peer overlap, as many as begin until the first is given up', () => {
  const due = { lastStartedAt: now - dialPaceMs }
  const most = dialPatience(0).timeoutMs / dialPaceMs
  expect(decideDials([peer('a', { ...due, underWay: most - 1 })], now).start).toEqual(['a'])
  expect(decideDials([peer('a', { ...due, underWay: most })], now).start).toEqual([])
})

test('while many are missing each has one dial at a time, so that all get their turn', () => {
  const peers = Array.from({ length: 40 }, (_, index) => peer(`p${index}`, { underWay: index < 20 ? 1 : 0 }))
  const { start } = decideDials(peers, now)
  expect(start).toHaveLength(20)
  expect(start.every((key) => Number(key.slice(1)) >= 20)).toBe(true)
})

test('dials that may be answered at any moment leave room for so many more only', () => {
  const young = Array.from({ length: 20 }, (_, index) => peer(`y${index}`, { underWay: 1, young: 1 }))
  const due = Array.from({ length: 20 }, (_, index) => peer(`p${index}`))
  expect(decideDials([...young, ...due], now).againInMs).toBe(100)
  expect(decideDials([...young, ...due], now).start).toHaveLength(youngDials - 20)
})

test('a peer that has not failed is given more time than one that has', () => {
  expect(dialPatience(0).timeoutMs).toBeGreaterThan(dialPatience(1).timeoutMs)
  expect(dialPatience(0).youngMs).toBeGreaterThan(dialPatience(1).youngMs)
})

test('dials that nobody answers are bounded too', () => {
  const old = Array.from({ length: dialsInFlight }, (_, index) => peer(`o${index}`, { underWay: 1 }))
  expect(decideDials([...old, peer('a')], now).start).toEqual([])
})

test('of more than can be dialled at once those that waited longest come first', () => {
  const peers = Array.from({ length: 100 }, (_, index) => peer(`p${index}`, { lastStartedAt: now - 300 - index }))
  expect(decideDials(peers, now).start[0]).toBe('p99')
  expect(decideDials(peers, now).start).toHaveLength(youngDials)
})

test('D4: a peer whose links are doubted again and again is dialled ever later', () => {
  const doubted = peer('a', { doubts: 3, lastStartedAt: now - 999 })
  expect(decideDials([doubted], now).start).toEqual([])
  expect(decideDials([{ ...doubted, lastStartedAt: now - 1_000 }], now).start).toEqual(['a'])
})
