import { describe, expect, it } from 'vitest'
import { keyPairOfSeed, parseKeyPair } from './key-pair.ts'

// RFC 8032, 7.1, test 1.
const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
const pair = { seed, publicKey, secretKey: seed + publicKey }
const other = keyPairOfSeed('01'.repeat(32))

describe('keyPairOfSeed', () => {
  it('derives the public key of RFC 8032', () => {
    expect(keyPairOfSeed(seed)).toEqual(pair)
  })
})

describe('parseKeyPair', () => {
  it.each([
    ['a seed alone', { seed }],
    ['public and secret key', { publicKey, secretKey: seed + publicKey }],
    ['a public key and a bare seed as secret key', { publicKey, secretKey: seed }],
    ['all three', pair],
    ['values with a final newline', { seed: `${seed}\n`, publicKey: `${publicKey}\r\n` }],
  ])('%s give the pair', (_, fields) => {
    expect(parseKeyPair(fields)).toEqual({ kind: 'ok', value: pair })
  })

  it.each([
    ['nothing', {}, 'KeyIncomplete', 'none of the keys'],
    ['a public key alone', { publicKey }, 'KeyIncomplete', 'a publicKey alone'],
    ['a secret key alone', { secretKey: seed + publicKey }, 'KeyIncomplete', 'a secretKey alone'],
    ['upper case', { seed: seed.toUpperCase() }, 'KeyMalformed', "key 'seed' must hold 64"],
    ['a short public key', { seed, publicKey: publicKey.slice(1) }, 'KeyMalformed', "key 'publicKey' must hold 64"],
    ['a secret key of 65 bytes', { publicKey, secretKey: `${seed}${publicKey}00` }, 'KeyMalformed', "key 'secretKey'"],
    ['an empty seed', { seed: '' }, 'KeyMalformed', "key 'seed'"],
    ['a seed and a foreign public key', { seed, publicKey: other.publicKey }, 'KeyMismatch', 'do not belong together'],
    [
      'a public key and a foreign secret key',
      { publicKey, secretKey: other.secretKey },
      'KeyMismatch',
      'do not belong',
    ],
    ['a public key and a foreign bare seed', { publicKey, secretKey: other.seed }, 'KeyMismatch', 'do not belong'],
    ['halves of two pairs', { publicKey, secretKey: other.seed + publicKey }, 'KeyMismatch', 'do not belong'],
  ])('%s is refused', (_, fields, reason, words) => {
    const parsed = parseKeyPair(fields)
    expect(parsed).toMatchObject({ kind: 'problem', reason })
    expect(parsed).toHaveProperty('message', expect.stringContaining(words))
  })

  it('a refusal never shows the value', () => {
    const parsed = parseKeyPair({ seed: `${seed}00` })
    expect(JSON.stringify(parsed)).not.toContain(seed)
  })
})
