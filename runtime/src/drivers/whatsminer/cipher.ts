/**
 * The ciphertext of the Whatsminer API: AES-256 in ECB mode over the text, filled up with NULs to whole blocks, in base64. A
 * request is `{"enc":1,"data":"…"}`, its answer `{"enc":"…"}`.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'

const algorithm = 'aes-256-ecb'
const blockBytes = 16

export function encrypt(text: string, key: Buffer): string {
  const bytes = Buffer.from(text)
  const blocks = Buffer.alloc(Math.ceil(bytes.length / blockBytes) * blockBytes)
  bytes.copy(blocks)
  const cipher = createCipheriv(algorithm, key, null).setAutoPadding(false)
  return Buffer.concat([cipher.update(blocks), cipher.final()]).toString('base64')
}

/** What the text was, with whatever it was filled up with; noise under a wrong key, null if it is no ciphertext at all. */
export function decrypt(data: string, key: Buffer): string | null {
  const blocks = Buffer.from(data, 'base64')
  if (blocks.length === 0 || blocks.length % blockBytes !== 0) return null
  const decipher = createDecipheriv(algorithm, key, null).setAutoPadding(false)
  return Buffer.concat([decipher.update(blocks), decipher.final()]).toString('utf8')
}
