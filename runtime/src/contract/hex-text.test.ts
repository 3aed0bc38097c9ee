import { describe, expect, it } from 'vitest'
import { findHexFlaw } from './hex-text.ts'

const good = 'a1'.repeat(32)
const rule = 'must hold 64 hexadecimal characters in lower case'

describe('findHexFlaw', () => {
  it('finds nothing in lower-case hexadecimal of any of the lengths', () => {
    expect(findHexFlaw(good, [64])).toBeNull()
    expect(findHexFlaw(good, [128, 64])).toBeNull()
  })

  it.each([
    ['', `${rule}; it is empty`],
    [good.toUpperCase(), `${rule}; it is in upper case`],
    [`${good} `, `${rule}; it holds white space`],
    [
      Buffer.from(good).toString('base64'),
      `${rule}; it is base64 of them: under data once is enough, under stringData it is none at all`,
    ],
    ['0'.repeat(64), `${rule}; it holds zeros only, which everybody can guess`],
    [good.slice(1), rule],
    ['hello', rule],
  ])('says of %j what to mend', (text, sentence) => {
    expect(findHexFlaw(text, [64])).toBe(sentence)
  })
})
