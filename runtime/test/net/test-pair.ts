import { type KeyPair, keyPairOfSeed } from '../../src/contract/key-pair.ts'

/** A pair of its own for each number. */
export function testPair(number: number): KeyPair {
  return keyPairOfSeed(number.toString(16).padStart(64, '0'))
}
