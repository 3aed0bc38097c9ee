import { hkdfSync } from 'node:crypto'
import { type KeyPair, keyPairOfSeed } from '../contract/key-pair.ts'

/** A key pair as the network library takes it. */
export interface Identity {
  readonly publicKey: Buffer
  readonly secretKey: Buffer
}

export function identityOf(pair: KeyPair): Identity {
  return { publicKey: Buffer.from(pair.publicKey, 'hex'), secretKey: Buffer.from(pair.secretKey, 'hex') }
}

/**
 * The second pair of a process, under which it announces a topic: one DHT node can't serve twice under one key. It is derived
 * (HKDF-SHA256 of the seed), so that it stays the same over restarts: ORK remembers which process a topic key belongs to.
 */
export function announcingPair(pair: KeyPair): KeyPair {
  return derivePair(pair, 'mdk topic announcement v1')
}

/** The pair of a part of a site in one process, such as a worker by its id: the same as long as the site's pair is. */
export function partPair(pair: KeyPair, part: string): KeyPair {
  return derivePair(pair, `mdk part of a site v1 ${part}`)
}

function derivePair(pair: KeyPair, purpose: string): KeyPair {
  const seed = hkdfSync('sha256', Buffer.from(pair.seed, 'hex'), Buffer.alloc(0), purpose, 32)
  return keyPairOfSeed(Buffer.from(seed).toString('hex'))
}
