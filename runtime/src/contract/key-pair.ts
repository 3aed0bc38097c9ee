import { createPrivateKey, createPublicKey } from 'node:crypto'
import { type Parsed, problem, withoutFinalNewline } from './file-problem.ts'
import { findHexFlaw } from './hex-text.ts'

/** An Ed25519 pair as HyperDHT uses it, in lower-case hex: seed 64, publicKey 64, secretKey (seed then public key) 128 characters. */
export interface KeyPair {
  readonly seed: string
  readonly publicKey: string
  readonly secretKey: string
}

export type KeyProblem = 'KeyIncomplete' | 'KeyMismatch' | 'KeyMalformed'

/** The keys of a key Secret; all are texts. */
export interface KeyFields {
  readonly seed?: string | undefined
  readonly publicKey?: string | undefined
  readonly secretKey?: string | undefined
}

const pkcs8Ed25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The pair of a seed (RFC 8032; the same as libsodium's `crypto_sign_seed_keypair`). */
export function keyPairOfSeed(seed: string): KeyPair {
  const der = Buffer.concat([pkcs8Ed25519, Buffer.from(seed, 'hex')])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const publicKey = spki.subarray(-32).toString('hex')
  return { seed, publicKey, secretKey: seed + publicKey }
}

/**
 * Reads a key pair. Enough is `seed`, or `publicKey` with `secretKey` (128 characters, or the 64 of a bare seed);
 * all that is there must agree. A public key alone is refused: whoever ignored it would run under another key.
 */
export function parseKeyPair(fields: KeyFields): Parsed<KeyPair, KeyProblem> {
  const seed = clean(fields.seed)
  const publicKey = clean(fields.publicKey)
  const secretKey = clean(fields.secretKey)
  const malformed = findMalformed({ seed, publicKey, secretKey })
  if (malformed !== null) return malformed
  if (seed === undefined && secretKey === undefined) return incompleteWithoutSecret(publicKey)
  if (seed === undefined && publicKey === undefined) {
    return problem(
      'KeyIncomplete',
      'it holds a secretKey alone; add the publicKey that belongs to it, or give the seed',
    )
  }
  const pair = keyPairOfSeed(seed ?? (secretKey ?? '').slice(0, 64))
  if (!agrees(pair, publicKey, secretKey)) {
    return problem('KeyMismatch', 'its keys do not belong together: the secret part derives another public key')
  }
  return { kind: 'ok', value: pair }
}

function agrees(pair: KeyPair, publicKey: string | undefined, secretKey: string | undefined): boolean {
  const secretAgrees = secretKey === undefined || secretKey === pair.secretKey || secretKey === pair.seed
  return secretAgrees && (publicKey === undefined || publicKey === pair.publicKey)
}

function clean(text: string | undefined): string | undefined {
  return text === undefined ? undefined : withoutFinalNewline(text)
}

function findMalformed(fields: KeyFields): Parsed<never, KeyProblem> | null {
  const rules = [
    ['seed', fields.seed, [64]],
    ['publicKey', fields.publicKey, [64]],
    ['secretKey', fields.secretKey, [128, 64]],
  ] as const
  for (const [name, value, lengths] of rules) {
    const flaw = value === undefined ? null : findHexFlaw(value, lengths)
    if (flaw !== null) return problem('KeyMalformed', `key '${name}' ${flaw}`)
  }
  return null
}

function incompleteWithoutSecret(publicKey: string | undefined): Parsed<never, KeyProblem> {
  const found =
    publicKey === undefined
      ? "it holds none of the keys 'seed', 'publicKey', 'secretKey'"
      : 'it holds a publicKey alone'
  return problem('KeyIncomplete', `${found}; give the seed, or publicKey and secretKey together`)
}
