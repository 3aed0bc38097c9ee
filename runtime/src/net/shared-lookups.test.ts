import { expect, test } from 'vitest'
import { sharedLookups } from './shared-lookups.ts'

test('a host is looked up once, however many ask while that lasts, and again for who asks later', async () => {
  const answers: ((address: string) => void)[] = []
  const asked: string[] = []
  const lookup = sharedLookups((host) => {
    asked.push(host)
    return new Promise((resolve) => answers.push(resolve))
  })
  const waiting = [lookup('a'), lookup('a'), lookup('b')]
  expect(asked).toEqual(['a', 'b'])
  answers[0]!('10.0.0.1')
  answers[1]!('10.0.0.2')
  expect(await Promise.all(waiting)).toEqual(['10.0.0.1', '10.0.0.1', '10.0.0.2'])
  void lookup('a')
  expect(asked).toEqual(['a', 'b', 'a'])
})

test('a lookup that fails fails all who wait for it, and nobody after', async () => {
  let isUp = false
  const lookup = sharedLookups((host) => (isUp ? Promise.resolve(host) : Promise.reject(new Error('no such name'))))
  const outcomes = await Promise.allSettled([lookup('a'), lookup('a')])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  isUp = true
  expect(await lookup('a')).toBe('a')
})
