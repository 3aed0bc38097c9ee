import { z } from 'zod'

const pattern = /^[0-9a-f]{64}$/

/** A public key or a seed in a file: 64 hexadecimal characters in lower case. */
export const hexKey = z.string().regex(pattern, 'must be 64 hexadecimal characters in lower case')

export function isHexKey(text: string): boolean {
  return pattern.test(text)
}
