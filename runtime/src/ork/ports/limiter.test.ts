import { expect, test } from 'vitest'
import { createLimiter } from './limiter.ts'

/** A task that ends when told. */
function task() {
  const { promise, resolve } = Promise.withResolvers<string>()
  let started = false
  return {
    run: () => {
      started = true
      return promise
    },
    end: () => resolve('done'),
    isStarted: () => started,
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('no more tasks run than the limit, and one that ends lets the next begin', async () => {
  const limiter = createLimiter({ limit: 1, limitPerKey: 1, queueLimit: 10 })
  const [first, second] = [task(), task()]
  const firstResult = limiter.run('a', first.run)
  void limiter.run('b', second.run)
  expect(second.isStarted()).toBe(false)
  first.end()
  expect(await firstResult).toBe('done')
  await settle()
  expect(second.isStarted()).toBe(true)
})

test('a key that has enough under way leaves room for the others', () => {
  const limiter = createLimiter({ limit: 2, limitPerKey: 1, queueLimit: 10 })
  const [first, second, other] = [task(), task(), task()]
  void limiter.run('a', first.run)
  void limiter.run('a', second.run)
  void limiter.run('b', other.run)
  expect([first.isStarted(), second.isStarted(), other.isStarted()]).toEqual([true, false, true])
})

test('a task beyond the queue is turned away', () => {
  const limiter = createLimiter({ limit: 1, limitPerKey: 1, queueLimit: 1 })
  const tasks = [task(), task(), task()]
  const results = tasks.map(({ run }) => limiter.run('a', run))
  expect(results.map((result) => result === null)).toEqual([false, false, true])
})

test('a task that fails gives its place back', async () => {
  const limiter = createLimiter({ limit: 1, limitPerKey: 1, queueLimit: 1 })
  await expect(limiter.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await limiter.run('a', () => Promise.resolve(1))).toBe(1)
})
