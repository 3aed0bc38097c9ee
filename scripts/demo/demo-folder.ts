import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { lockFolder } from '../../runtime/src/storage/journal/folder-lock.ts'

/** The folder of one demo, which no other uses meanwhile. */
export interface DemoFolder {
  readonly path: string
  /** Gives it back; one that was made for this demo alone goes. */
  close(): Promise<void>
}

/** `wanted`: a folder that stays afterwards. Rejects with a StoreError if another demo has it. */
export async function openDemoFolder(wanted: string | undefined): Promise<DemoFolder> {
  const path = wanted === undefined ? await mkdtemp(join(tmpdir(), 'mdk-demo-')) : resolve(wanted)
  await mkdir(path, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(path, { lockTimeoutMs: 0 })
  return {
    path,
    async close() {
      await lock.close()
      if (wanted === undefined) await rm(path, { recursive: true, force: true })
    },
  }
}
