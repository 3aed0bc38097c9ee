import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tryLock } from 'fs-native-extensions'
import { StoreError } from '../store.ts'

export interface LockOptions {
  /** How long to wait for another process that still holds the folder. */
  readonly lockTimeoutMs: number
  readonly signal?: AbortSignal
}

export interface FolderLock {
  close(): Promise<void>
}

const retryMs = 100

/**
 * Holds the folder for this process alone: a lock of the open file `lock` in it (fcntl's F_OFD_SETLK; flock on macOS), which the
 * system gives back when the process ends in any way. No process id is compared, so that a holder in another container is seen and
 * a number that is used again fools nobody. The file stays when the lock goes: removing it would let two hold one each.
 */
export async function lockFolder(directory: string, { lockTimeoutMs, signal }: LockOptions): Promise<FolderLock> {
  const file = await open(join(directory, 'lock'), 'a').catch((cause: unknown) => {
    throw new StoreError(`the folder ${directory} cannot be written; let this process's user write there`, { cause })
  })
  try {
    const deadline = AbortSignal.timeout(lockTimeoutMs)
    while (!tryLock(file.fd)) {
      signal?.throwIfAborted()
      if (deadline.aborted) {
        throw new StoreError(
          `the journal in ${directory} was held by another process for ${lockTimeoutMs} ms; ` +
            'stop that process, or give this one a folder of its own',
        )
      }
      await sleep(retryMs)
    }
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}
