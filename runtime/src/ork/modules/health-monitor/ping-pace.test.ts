import { expect, test } from 'vitest'
import { pingPace } from './ping-pace.ts'

test('workers are pinged every 250 ms up to 50 of them, every second from 1,000, evenly in between', () => {
  expect([0, 1, 50, 525, 1_000, 5_000].map((count) => pingPace(count, undefined).intervalMs)).toEqual([
    250, 250, 250, 625, 1_000, 1_000,
  ])
})

test('a ping waits longer than the time between two', () => {
  expect(pingPace(1, undefined).timeoutMs).toBe(500)
  expect(pingPace(1_000, undefined).timeoutMs).toBe(1_250)
})

test('an interval that is asked for holds for a site of any size', () => {
  expect([1, 5_000].map((count) => pingPace(count, 5_000))).toEqual(
    Array(2).fill({ intervalMs: 5_000, timeoutMs: 5_250 }),
  )
})
