import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { commandEnv, runCommand } from './command.ts'
import { withLock } from './lock.ts'
import type { Progress } from './progress.ts'

/** Something that the chosen way needs is not on this machine. The message says what, and what to do. */
export class PrerequisiteMissing extends Error {
  constructor(missing: string, remedy: string) {
    super(`${missing}\n  What to do: ${remedy}`)
    this.name = 'PrerequisiteMissing'
  }
}

/** A program that must be there, and the Debian package that brings it. */
export interface RequiredProgram {
  program: string
  debianPackage: string
}

export const DOCKER_DAEMON: readonly RequiredProgram[] = [
  { program: 'dockerd', debianPackage: 'docker.io' },
  { program: 'docker', debianPackage: 'docker.io' },
  { program: 'containerd', debianPackage: 'containerd' },
  { program: 'runc', debianPackage: 'runc' },
  { program: 'iptables', debianPackage: 'iptables' },
]

export const DEBIAN_BUILDER: readonly RequiredProgram[] = [{ program: 'debootstrap', debianPackage: 'debootstrap' }]

/** The path of a program, looked for on PATH and in the system folders. */
export async function findProgram(program: string): Promise<string | undefined> {
  for (const folder of (commandEnv()['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const path = join(folder, program)
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  return undefined
}

/** Root on a Debian or Ubuntu gets what is missing with apt-get; anybody else gets a message. */
export async function ensurePrograms(
  required: readonly RequiredProgram[],
  purpose: string,
  progress: Progress,
): Promise<void> {
  const missing = await missingOf(required)
  if (missing.length === 0) return
  if (!(await canInstall())) throw missingPrograms(missing, purpose)
  await installPackages(packagesOf(missing), purpose, progress)
  const still = await missingOf(required)
  if (still.length > 0) throw missingPrograms(still, purpose)
}

export async function canInstall(): Promise<boolean> {
  return process.getuid?.() === 0 && (await findProgram('apt-get')) !== undefined
}

/** Installs Debian packages by name. Nothing is started that a package would start in a runlevel of its own. */
export async function installPackages(packages: readonly string[], purpose: string, progress: Progress): Promise<void> {
  await withLock({ name: 'apt-get', progress }, () =>
    progress.step(`apt-get install ${packages.join(' ')} (${purpose})`, async () => {
      // RUNLEVEL=1 keeps a sysv init script from starting a second dockerd during the installation.
      const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
      const logFile = cacheFolder('logs', 'apt-get.log')
      await runCommand('apt-get', ['update', '-q'], { env, logFile, allowFailure: true })
      await runCommand('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], { env, logFile })
    }),
  )
}

export function missingPrograms(missing: readonly RequiredProgram[], purpose: string): PrerequisiteMissing {
  const names = missing.map(({ program }) => program).join(', ')
  return new PrerequisiteMissing(
    `Not on this machine: ${names} (${purpose}).`,
    `as root on Debian or Ubuntu, "apt-get install ${packagesOf(missing).join(' ')}"; elsewhere, install what brings these programs. Then run this again.`,
  )
}

async function missingOf(required: readonly RequiredProgram[]): Promise<RequiredProgram[]> {
  const found = await Promise.all(required.map(({ program }) => findProgram(program)))
  return required.filter((_, i) => found[i] === undefined)
}

function packagesOf(required: readonly RequiredProgram[]): string[] {
  return [...new Set(required.map(({ debianPackage }) => debianPackage))]
}
