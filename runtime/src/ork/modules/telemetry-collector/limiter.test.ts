import { expect, test } from 'vitest'
import { manualClock } from '../../../machine/manual-clock.ts'
import { Limiter, type LimiterOptions } from './limiter.ts'

const limiterOf = (limits: Partial<LimiterOptions>) =>
  new Limiter({
    clock: manualClock(),
    limit: 9,
    youngMs: 60_000,
    limitPerKey: 9,
    queueLimitPerKey: 9,
    patienceMs: 1_000,
    ...limits,
  })

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
  const limiter = limiterOf({ limit: 1 })
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
  const limiter = limiterOf({ limit: 2, limitPerKey: 1 })
  const [first, second, other] = [task(), task(), task()]
  void limiter.run('a', first.run)
  void limiter.run('a', second.run)
  void limiter.run('b', other.run)
  expect([first.isStarted(), second.isStarted(), other.isStarted()]).toEqual([true, false, true])
})

test('a task beyond the queue of its key is turned away, and those of other keys are not', async () => {
  const limiter = limiterOf({ limit: 1, queueLimitPerKey: 1 })
  const [first, second, third, other] = [task(), task(), task(), task()]
  void limiter.run('a', first.run)
  const waiting = [limiter.run('a', second.run), limiter.run('b', other.run)]
  expect(await limiter.run('a', third.run)).toBeNull()
  for (const each of [first, second, other]) each.end()
  expect(await Promise.all(waiting)).toEqual(['done', 'done'])
})

test('a task that waited too long is not run, and its place goes to the next', async () => {
  const clock = manualClock()
  const limiter = limiterOf({ clock, limit: 1, patienceMs: 500, queueLimitPerKey: 1 })
  const [first, late, next] = [task(), task(), task()]
  void limiter.run('a', first.run)
  const lateResult = limiter.run('a', late.run)
  await clock.advance(500)
  expect(await lateResult).toBeNull()
  const nextResult = limiter.run('a', next.run)
  first.end()
  next.end()
  expect(await nextResult).toBe('done')
  expect(late.isStarted()).toBe(false)
  expect(clock.armed).toBe(0)
})

test('a task that fails gives its place back', async () => {
  const limiter = limiterOf({ limit: 1, queueLimitPerKey: 1 })
  await expect(limiter.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await limiter.run('a', () => Promise.resolve(1))).toBe(1)
})

test('tasks that hang hold up those of other keys for a moment, and their own key for ever', async () => {
  const clock = manualClock()
  const limiter = limiterOf({ clock, limit: 2, limitPerKey: 2, youngMs: 100 })
  const [hung, hungToo, same, other] = [task(), task(), task(), task()]
  void limiter.run('a', hung.run)
  void limiter.run('a', hungToo.run)
  void limiter.run('a', same.run)
  void limiter.run('b', other.run)
  await clock.advance(99)
  expect(other.isStarted()).toBe(false)
  await clock.advance(1)
  expect(other.isStarted()).toBe(true)
  await clock.advance(800)
  expect(same.isStarted()).toBe(false)
})

test('keys that wait take turns, however much one of them asks', async () => {
  const limiter = limiterOf({ limit: 1 })
  const begun: string[] = []
  const note = (name: string) => () => {
    begun.push(name)
    return Promise.resolve()
  }
  const first = task()
  const all = [
    limiter.run('x', first.run),
    ...['a1', 'a2', 'a3'].map((name) => limiter.run('a', note(name))),
    limiter.run('b', note('b1')),
  ]
  first.end()
  await Promise.all(all)
  expect(begun).toEqual(['a1', 'b1', 'a2', 'a3'])
})
