import { expect, test } from 'vitest'
import { createLimiter } from './limiter.ts'

test('so many get in, the others wait in order, and who gives up waiting takes no place', async () => {
  const limiter = createLimiter(2)
  const order: string[] = []
  const [first, second] = await Promise.all([limiter.enter(), limiter.enter()])
  const abort = new AbortController()
  const givenUp = limiter.enter(abort.signal)
  const third = limiter.enter().then((leave) => {
    order.push('third')
    return leave
  })
  const fourth = limiter.enter().then(() => order.push('fourth'))
  abort.abort(new Error('enough'))
  await expect(givenUp).rejects.toThrow('enough')
  first()
  first()
  await third
  expect(order).toEqual(['third'])
  second()
  await fourth
  expect(order).toEqual(['third', 'fourth'])
})
