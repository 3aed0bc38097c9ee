import { createHash, timingSafeEqual } from 'node:crypto'

/** The token of `Authorization: Bearer <token>`; null if there is none. */
export function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? null
}

/**
 * Whether a token is one of those that are valid. Hashes are compared, and always all of them, so the time that it takes
 * tells nothing of their content.
 */
export function isOneOf(token: string, valid: readonly string[]): boolean {
  const presented = digest(token)
  let found = false
  for (const candidate of valid) found = timingSafeEqual(presented, digest(candidate)) || found
  return found
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
