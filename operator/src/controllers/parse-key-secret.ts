import { type KeyPair, type KeyProblem, type Parsed, parseKeyPair } from '../../../runtime/src/contract/index.ts'
import type { Secret } from '../kube/types.ts'
import { secretText } from '../resources/secret.ts'

/** Objects of a cache are frozen, so what was read from one stays true; checking a pair costs a curve operation. */
const read = new WeakMap<object, Parsed<KeyPair, KeyProblem>>()

/** Reads the key pair of a Secret. */
export function parseKeySecret(secret: Pick<Secret, 'data'>): Parsed<KeyPair, KeyProblem> {
  const known = read.get(secret)
  if (known !== undefined) return known
  const parsed = parseKeyPair({
    seed: secretText(secret, 'seed'),
    publicKey: secretText(secret, 'publicKey'),
    secretKey: secretText(secret, 'secretKey'),
  })
  read.set(secret, parsed)
  return parsed
}

/** The public key of a Secret; null if there is none that can be used. */
export function publicKeyOf(secret: Pick<Secret, 'data'> | null): string | null {
  if (secret === null) return null
  const parsed = parseKeySecret(secret)
  return parsed.kind === 'ok' ? parsed.value.publicKey : null
}
