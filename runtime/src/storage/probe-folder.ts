import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** What came of writing to a folder; `code` is the system's, such as EACCES. */
export type Written = { readonly kind: 'ok' } | { readonly kind: 'full' | 'refused'; readonly code: string }

/** More than the system keeps back, less than anybody misses. */
const sizeBytes = 64 * 1024
const fullCodes = new Set(['ENOSPC', 'EDQUOT'])

/** Writes a file of its own to the folder, down to the device, and removes it. */
export async function probeFolder(directory: string): Promise<Written> {
  const path = join(directory, `.probe-${randomUUID()}`)
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.write(Buffer.alloc(sizeBytes))
      await file.sync()
    } finally {
      await file.close()
    }
    return { kind: 'ok' }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { kind: fullCodes.has(code) ? 'full' : 'refused', code }
  } finally {
    await rm(path, { force: true }).catch(() => undefined)
  }
}
