import { execFile } from 'node:child_process'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A file system of its own that can be filled up. */
export interface SmallDisk {
  fill(): Promise<void>
  /** Makes room again. */
  free(): Promise<void>
  /** When nobody has it open any more. */
  unmount(): Promise<void>
}

const run = promisify(execFile)

/** Mounts one at the folder; or says why there is none. */
export async function mountSmallDisk(path: string, sizeMiB: number): Promise<SmallDisk | string> {
  if (process.getuid?.() !== 0) return 'only root can mount a small disk'
  await mkdir(path, { recursive: true })
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', path])
  } catch (error) {
    return `a small disk can't be mounted: ${String(error)}`
  }
  const ballast = join(path, 'ballast')
  return {
    async fill() {
      const { bavail, bsize } = await statfs(path)
      await writeFile(ballast, Buffer.alloc(bavail * bsize)).catch(ignoreFull)
    },
    free: () => rm(ballast, { force: true }),
    async unmount() {
      await run('umount', [path])
    },
  }
}

function ignoreFull(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOSPC') throw error
}
