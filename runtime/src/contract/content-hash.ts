import { createHash } from 'node:crypto'

/**
 * The short name of a file's content: the first 16 hexadecimal characters of its SHA-256.
 * A process reports it for each file that it watches, so that the operator knows when a change has arrived.
 */
export function contentHash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}
