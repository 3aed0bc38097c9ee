import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { findLeaks } from './find-leaks.ts'

const hex = createHash('sha256').update('a seed').digest('hex')
const bytes = Buffer.from(hex, 'hex')
const token = 'zL3_9-kQ.token~of+the/site='
const secrets = [
  { name: 'the seed', value: hex },
  { name: 'the token', value: token },
]
const found = (text: string) => findLeaks(secrets, [{ place: 'a log', text }])

describe('findLeaks', () => {
  it.each([
    ['as it is', `x${token}x`, 'it is'],
    ['in base64', Buffer.from(token).toString('base64'), 'base64'],
    ['in hex', Buffer.from(token).toString('hex'), 'hex'],
    ['printed as a Buffer', inspect(Buffer.from(token)), 'a Buffer'],
    ['printed as JSON of a Buffer', JSON.stringify(Buffer.from(token)), 'a list of bytes'],
  ])('finds a token %s', (_, text, as) => {
    expect(found(text)).toEqual([`a log holds the token as ${as}`])
  })

  it.each([
    ['as it is', hex, 'it is'],
    ['in upper case', hex.toUpperCase(), 'hex'],
    ['whose text is in base64', Buffer.from(hex).toString('base64'), 'base64'],
    ['whose bytes are in base64', bytes.toString('base64'), 'base64'],
    ['printed as a Buffer', inspect(bytes), 'a Buffer'],
    ['printed as an array', inspect([...bytes], { breakLength: Infinity, compact: true }), 'a list of bytes'],
  ])('finds a seed %s', (_, text, as) => {
    expect(found(text)).toContain(`a log holds the seed as ${as}`)
  })

  it('finds what is in the middle of something encoded, wherever it begins', () => {
    for (const before of ['', 'a', 'ab', 'abc', 'abcd']) {
      for (const coding of ['base64', 'base64url'] as const) {
        const text = Buffer.from(`{"${before}":"${token}","more":1}`).toString(coding)
        expect(found(text)).toEqual(['a log holds the token as base64'])
      }
    }
  })

  it('finds nothing in a hash, in a part, or where there is nothing', () => {
    expect(found(createHash('sha256').update(token).digest('hex'))).toEqual([])
    expect(found(token.slice(1))).toEqual([])
    expect(found('')).toEqual([])
  })

  it('names each place and secret, and never tells a value', () => {
    const leaks = findLeaks(secrets, [
      { place: 'a log', text: `${hex} ${token}` },
      { place: 'an event', text: token },
    ])
    expect(leaks).toEqual([
      'a log holds the seed as it is',
      'a log holds the seed as hex',
      'a log holds the token as it is',
      'an event holds the token as it is',
    ])
  })

  it('passes over what is too short to be told from other text', () => {
    expect(findLeaks([{ name: 'a password', value: 'admin' }], [{ place: 'a log', text: 'admin' }])).toEqual([])
  })
})
