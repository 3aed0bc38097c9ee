import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { runCommand } from './command.ts'
import { ensureGo } from './go-toolchain.ts'
import { hashInputs } from './input-hash.ts'
import { withLock } from './lock.ts'
import type { Progress } from './progress.ts'

/** Somebody's program that Go can install: a package of a module, at a version. */
export interface GoProgram {
  name: string
  package: string
  version: string
}

/** Path of the program. Always the pinned version, built once and cached: what a program says and does differs between versions. */
export async function ensureGoProgram(program: GoProgram, progress: Progress): Promise<string> {
  const { name, version } = program
  const folder = cacheFolder('programs', `${name}-${hashInputs([version, process.platform, process.arch])}`)
  const path = join(folder, name)
  if (await exists(path)) return path
  return withLock({ name: `program-${name}`, progress }, async () => {
    if (await exists(path)) return path
    await mkdir(cacheFolder('programs'), { recursive: true })
    const fresh = await mkdtemp(cacheFolder('programs', `.${name}-`))
    try {
      await progress.step(`building ${name} ${version} from Go modules`, () => install(program, fresh, progress))
      await rename(fresh, folder)
    } finally {
      await rm(fresh, { recursive: true, force: true })
    }
    return path
  })
}

async function install({ name, package: path, version }: GoProgram, folder: string, progress: Progress): Promise<void> {
  const go = await ensureGo(`to build ${name} from Go modules`, progress)
  // These programs may need a newer Go than Kubernetes does: Go then fetches it, even where it was told to stay as it is.
  const env = { ...go.env, GOTOOLCHAIN: 'auto', CGO_ENABLED: '0', GOBIN: folder, GOFLAGS: '' }
  const args = ['install', '-trimpath', '-ldflags', '-s -w', `${path}@${version}`]
  await runCommand(go.path, args, { env, logFile: cacheFolder('logs', `go-${name}.log`) })
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
