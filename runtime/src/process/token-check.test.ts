import { describe, expect, it } from 'vitest'
import { bearerOf, isOneOf } from './token-check.ts'

describe('bearerOf', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer  abc ', 'abc'],
    ['Basic abc', null],
    ['Bearer', null],
    ['Bearer a b', null],
    [undefined, null],
  ])('reads %j as %j', (header, token) => {
    expect(bearerOf(header)).toBe(token)
  })
})

describe('isOneOf', () => {
  const valid = ['first-token-of-the-file', 'second-token-of-the-file']

  it('admits each token of a file, so that one can be replaced without a gap', () => {
    expect(valid.every((token) => isOneOf(token, valid))).toBe(true)
  })

  it('refuses a prefix, an empty text and everything when there is no token', () => {
    expect(isOneOf('first-token-of-the-fil', valid)).toBe(false)
    expect(isOneOf('', valid)).toBe(false)
    expect(isOneOf('first-token-of-the-file', [])).toBe(false)
  })
})
