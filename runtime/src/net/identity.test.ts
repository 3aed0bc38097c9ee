import HyperDHT from 'hyperdht'
import { describe, expect, test } from 'vitest'
import { keyPairOfSeed } from '../contract/key-pair.ts'
import { announcingPair, identityOf } from './identity.ts'

const pair = keyPairOfSeed('07'.repeat(32))

describe('identityOf', () => {
  test('the pair of a seed is the one that the DHT library makes of it', () => {
    const theirs = HyperDHT.keyPair(Buffer.from(pair.seed, 'hex'))
    expect(identityOf(pair)).toEqual({ publicKey: theirs.publicKey, secretKey: theirs.secretKey })
  })
})

describe('announcingPair', () => {
  test('it is another pair than its origin, and the same each time', () => {
    expect(announcingPair(pair).publicKey).not.toBe(pair.publicKey)
    expect(announcingPair(pair)).toEqual(announcingPair(keyPairOfSeed(pair.seed)))
  })

  test('it stays the same over releases, since ORK remembers topic keys', () => {
    expect(announcingPair(pair).publicKey).toBe('5f78caf79c562f5f9d977403d79df6ccfbbeac425d40455e051b92f386066e26')
  })
})
