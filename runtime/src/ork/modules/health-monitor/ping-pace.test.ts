import { expect, test } from 'vitest'
import { pingPace } from './ping-pace.ts'

test('workers are pinged every 250 ms up to 50 of them, every second from 1,000, evenly in between', () => {
  expect([0, 1, 50, 525, 1_000, 5_000].map((count) => pingPace(count).intervalMs)).toEqual([
    250, 250, 250, 625, 1_000, 1_000,
  ])
})

test('a ping waits longer than the time between two', () => {
  expect(pingPace(1).timeoutMs).toBe(500)
  expect(pingPace(1_000).timeoutMs).toBe(1_250)
})
