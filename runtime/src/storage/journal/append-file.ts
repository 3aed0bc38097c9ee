import { write, writeSync } from 'node:fs'
import { constants, open } from 'node:fs/promises'
import type { Durability } from './journal.ts'
import type { WritePlace } from './write-place.ts'

/** A file that grows at its end, by whole appends only. One call at a time. */
export interface AppendFile {
  /**
   * Resolves when the bytes are as durable as the file promises. If it rejects, they aren't in the file; should the disk refuse even
   * that, they are cut off before the next append.
   */
  append(bytes: Buffer): Promise<void>
  /** Brings to the device what has been appended. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface AppendOptions {
  readonly durability: Durability
  /** Where writes run that wait for no device. */
  readonly place: WritePlace
}

const { O_WRONLY, O_CREAT, O_TRUNC, O_DSYNC } = constants

/** A new file, empty whatever was there. */
export function createAppendFile(path: string, options: AppendOptions): Promise<AppendFile> {
  return appendTo(path, O_CREAT | O_TRUNC, 0, options)
}

/** The file as far as `sizeBytes`, where it ends. */
export function reopenAppendFile(path: string, sizeBytes: number, options: AppendOptions): Promise<AppendFile> {
  return appendTo(path, 0, sizeBytes, options)
}

async function appendTo(path: string, flags: number, sizeBytes: number, options: AppendOptions): Promise<AppendFile> {
  const { durability, place } = options
  // O_DSYNC makes a write and its fdatasync one call: one way to the thread pool instead of two.
  const syncs = durability === 'powerLoss'
  const file = await open(path, O_WRONLY | flags | (syncs ? O_DSYNC : 0), 0o600)
  let end = sizeBytes
  let isTorn = false
  const cutBack = async () => {
    await file.truncate(end)
    if (syncs) await file.datasync()
    isTorn = false
  }
  const writeAll = async (bytes: Buffer) => {
    let written = 0
    if (!syncs && place.isLoop(bytes.length)) {
      written = place.inLoop(() => writeSync(file.fd, bytes, 0, bytes.length, end))
    }
    while (written < bytes.length) written += await writeAt(file.fd, bytes.subarray(written), end + written)
  }
  return {
    async append(bytes) {
      if (isTorn) await cutBack()
      try {
        await writeAll(bytes)
        end += bytes.length
      } catch (error) {
        isTorn = true
        await cutBack().catch(() => undefined)
        throw error
      }
    },
    sync: () => file.datasync(),
    close: () => file.close(),
  }
}

/** How many bytes it wrote. With a callback, as what a promise of the library brings along costs more than the write. */
function writeAt(fd: number, bytes: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, position, (error, written) => {
      if (error === null) resolve(written)
      else reject(error)
    })
  })
}
