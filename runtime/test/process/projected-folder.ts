import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A new folder of its own under the system's temporary folder, with what removes it. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'mdk-test-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

let versions = 0

/**
 * Writes the files of a folder as kubelet does: into a new version folder, to which `..data` is then swapped at once; each
 * file is a link to its namesake under `..data`.
 */
export async function projectFiles(path: string, files: Readonly<Record<string, string>>): Promise<void> {
  versions += 1
  const version = `..version_${versions}`
  await mkdir(join(path, version), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, version, name), text)
  await symlink(version, join(path, '..data_tmp'))
  await rename(join(path, '..data_tmp'), join(path, '..data'))
  for (const name of Object.keys(files)) {
    await symlink(join('..data', name), join(path, name)).catch(ignoreExisting)
  }
}

/** Writes one ordinary file, making its folder if need be. */
export async function writePlainFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}
