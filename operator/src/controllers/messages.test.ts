import { expect, test } from 'vitest'
import { countThings, limitText, listNames } from './messages.ts'

test('names are sorted, and only the first few are said', () => {
  expect(listNames(['c', 'a', 'b'])).toBe('a, b, c')
  expect(listNames(['e', 'd', 'c', 'b', 'a'])).toBe('a, b, c and 2 more')
})

test('a text that is too long shows that it was cut', () => {
  expect(limitText('abc', 3)).toBe('abc')
  expect(limitText('abcd', 3)).toBe('ab…')
})

test('one thing is one', () => {
  expect([countThings(1, 'device is', 'devices are'), countThings(0, 'device is', 'devices are')]).toEqual([
    '1 device is',
    '0 devices are',
  ])
})
