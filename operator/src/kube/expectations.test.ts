import { expect, test } from 'vitest'
import { manualClock } from '../engine/manual-clock.ts'
import { createExpectations } from './expectations.ts'
import { isAtLeast } from './resource-version.ts'

function expecting() {
  const clock = manualClock()
  const listeners = new Set<() => void>()
  const expectations = createExpectations({
    clock,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  })
  const change = () => [...listeners].forEach((listener) => listener())
  const settled = async (scope: string, signal = new AbortController().signal) => {
    const state = { over: false }
    void expectations.settled(scope, signal).then(() => {
      state.over = true
    })
    await clock.advance(0)
    return state
  }
  return { clock, expectations, change, settled, listeners }
}

test('a scope waits until all of its writes are seen, and others do not', async () => {
  const { clock, expectations, change, settled, listeners } = expecting()
  const seen = { first: false, second: false }
  expectations.expect('a', 'one', () => seen.first)
  expectations.expect('a', 'two', () => seen.second)
  const waiting = await settled('a')
  expect([waiting.over, (await settled('b')).over]).toEqual([false, true])
  seen.first = true
  change()
  await clock.advance(0)
  expect(waiting.over).toBe(false)
  seen.second = true
  change()
  await clock.advance(0)
  expect([waiting.over, listeners.size, clock.armed]).toEqual([true, 0, 0])
})

test('after 5 s it goes on without', async () => {
  const { clock, expectations, settled } = expecting()
  expectations.expect('a', 'one', () => false)
  const waiting = await settled('a')
  await clock.advance(4_999)
  expect(waiting.over).toBe(false)
  await clock.advance(1)
  expect(waiting.over).toBe(true)
  expect((await settled('a')).over).toBe(true)
})

test('of two writes of one object only the later counts', async () => {
  const { expectations, settled } = expecting()
  expectations.expect('a', 'one', () => false)
  expectations.expect('a', 'one', () => true)
  expect((await settled('a')).over).toBe(true)
})

test('an aborted run stops waiting', async () => {
  const { clock, expectations, settled } = expecting()
  expectations.expect('a', 'one', () => false)
  const abort = new AbortController()
  const waiting = await settled('a', abort.signal)
  abort.abort()
  await clock.advance(0)
  expect(waiting.over).toBe(true)
})

test.each([
  ['10', '9', true],
  ['9', '10', false],
  ['7', '7', true],
  ['99999999999999999999', '99999999999999999998', true],
  ['a', 'a', true],
  ['b', 'a', false],
  ['', '1', false],
])("version '%s' is at least '%s': %s", (seen, wanted, expected) => {
  expect(isAtLeast(seen, wanted)).toBe(expected)
})
