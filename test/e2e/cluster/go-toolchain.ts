import { chmod, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { GO_TOOLCHAIN, OLDEST_GO } from './pinned-versions.ts'
import { canInstall, findProgram, installPackages, PrerequisiteMissing } from './prerequisites.ts'
import type { Progress } from './progress.ts'
import { compareVersions } from './version.ts'

/** A Go that compiles what is built here: `path` run with `env`. */
export interface Go {
  path: string
  env: Readonly<Record<string, string>>
}

export interface InstalledGo {
  path: string
  version: string
}

export type GoChoice =
  | { kind: 'new-enough'; go: InstalledGo }
  /** From 1.21 on, Go fetches a newer toolchain itself. */
  | { kind: 'fetches-toolchain'; go: InstalledGo }
  /** An older one can still download that toolchain as a module. */
  | { kind: 'downloads-toolchain'; go: InstalledGo }
  | { kind: 'none' }

export function chooseGo(installed: readonly InstalledGo[]): GoChoice {
  const newestFirst = [...installed].sort((a, b) => compareVersions(b.version, a.version))
  const go = newestFirst[0]
  if (go === undefined) return { kind: 'none' }
  if (compareVersions(go.version, OLDEST_GO) >= 0) return { kind: 'new-enough', go }
  return { kind: compareVersions(go.version, '1.21') >= 0 ? 'fetches-toolchain' : 'downloads-toolchain', go }
}

/**
 * Finds a Go that is new enough, or gets one through the Go or the distribution's package that is there. `purpose` is for the person
 * who has none: `to build kind from Go modules`.
 */
export async function ensureGo(purpose: string, progress: Progress): Promise<Go> {
  let choice = chooseGo(await installedGos())
  if (choice.kind === 'none' && (await canInstall())) {
    await installPackages(['golang-go'], purpose, progress)
    choice = chooseGo(await installedGos())
  }
  switch (choice.kind) {
    case 'new-enough':
      return { path: choice.go.path, env: {} }
    case 'fetches-toolchain': {
      const env = { GOTOOLCHAIN: `${GO_TOOLCHAIN}+auto` }
      return verified(choice.go, { path: choice.go.path, env }, purpose)
    }
    case 'downloads-toolchain':
      return verified(choice.go, await downloadToolchain(choice.go, purpose, progress), purpose)
    case 'none':
      throw goMissing(purpose, 'there is none on PATH or in /usr/local/go')
  }
}

export function goMissing(purpose: string, found: string): PrerequisiteMissing {
  return new PrerequisiteMissing(
    `Go ${OLDEST_GO} or newer is needed ${purpose}; ${found}.`,
    'install it (https://go.dev/doc/install) so that "go" is on PATH or in /usr/local/go/bin, then run this again.',
  )
}

async function installedGos(): Promise<InstalledGo[]> {
  const folders = ['/usr/local/go/bin', '/usr/lib/go/bin', ...(await sdkFolders(join(homedir(), 'sdk')))]
  const onPath = await findProgram('go')
  const candidates = [...(onPath === undefined ? [] : [onPath]), ...folders.map((folder) => join(folder, 'go'))]
  const installed: InstalledGo[] = []
  for (const path of candidates) {
    const asked = await runCommand(path, ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' }, allowFailure: true })
    if (asked.exitCode === 0) installed.push({ path, version: asked.stdout.trim() })
  }
  return installed
}

/** Where "go install golang.org/dl/goX@latest; goX download" puts a toolchain. */
async function sdkFolders(sdk: string): Promise<string[]> {
  const names = await readdir(sdk).catch(() => [])
  return names.filter((name) => name.startsWith('go')).map((name) => join(sdk, name, 'bin'))
}

/** Fetches the toolchain's module as a newer Go would, and makes its programs executable (a module's files aren't). */
async function downloadToolchain(go: InstalledGo, purpose: string, progress: Progress): Promise<Go> {
  const [system, machine] = [process.platform, process.arch === 'x64' ? 'amd64' : process.arch]
  const module = `golang.org/toolchain@v0.0.1-${GO_TOOLCHAIN}.${system}-${machine}`
  return progress.step(`go mod download ${GO_TOOLCHAIN} (${go.path} is ${go.version})`, async () => {
    const env = { GOFLAGS: '-modcacherw' }
    const asked = await runCommand(go.path, ['mod', 'download', '-json', module], { env, allowFailure: true })
    const root = parseDownload(asked.stdout)
    if (root === undefined) throw goMissing(purpose, `${go.path} is ${go.version}, and it could not download ${module}`)
    for (const folder of [join(root, 'bin'), join(root, 'pkg', 'tool', `${system}_${machine}`)]) {
      for (const name of await readdir(folder)) await chmod(join(folder, name), 0o755)
    }
    return { path: join(root, 'bin', 'go'), env: { GOROOT: root, GOTOOLCHAIN: 'local' } }
  })
}

async function verified(found: InstalledGo, go: Go, purpose: string): Promise<Go> {
  const asked = await runCommand(go.path, ['env', 'GOVERSION'], { env: go.env, allowFailure: true })
  if (asked.exitCode === 0 && compareVersions(asked.stdout, OLDEST_GO) >= 0) return go
  throw goMissing(purpose, `${found.path} is ${found.version}, and it could not get ${GO_TOOLCHAIN}`)
}

function parseDownload(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json)
    const folder = typeof value === 'object' && value !== null && 'Dir' in value ? value.Dir : undefined
    return typeof folder === 'string' ? folder : undefined
  } catch {
    return undefined
  }
}
