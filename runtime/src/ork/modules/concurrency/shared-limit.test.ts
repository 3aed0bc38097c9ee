import { expect, test } from 'vitest'
import { SharedLimit } from './shared-limit.ts'

test('one caller may take all of a limit, and no more', () => {
  const limit = new SharedLimit(() => 10)
  limit.take('a', 9)
  expect([limit.hasRoom('a', 1), limit.hasRoom('a', 2)]).toEqual([true, false])
})

test('a caller has its share even when another has taken everything', () => {
  const limit = new SharedLimit(() => 10)
  limit.take('a', 10)
  expect(limit.hasRoom('b', 5)).toBe(true)
  expect(limit.hasRoom('b', 6)).toBe(false)
  limit.take('b', 5)
  expect([limit.hasRoom('a', 1), limit.hasRoom('b', 1), limit.hasRoom('c', 3)]).toEqual([false, false, true])
})

test('what is given back is there for everybody', () => {
  const limit = new SharedLimit(() => 10)
  limit.take('a', 10)
  limit.giveBack('a', 10)
  expect([limit.total, limit.hasRoom('b', 10)]).toEqual([0, true])
})
