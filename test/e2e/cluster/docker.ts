import { type CommandOptions, type CommandResult, runCommand } from './command.ts'
import { OWN_DOCKER_HOST, ownDockerdRuns, startOwnDockerd, stopOwnDockerd } from './own-dockerd.ts'
import { PrerequisiteMissing } from './prerequisites.ts'
import type { Progress } from './progress.ts'

/** A Docker daemon that answers. */
export interface Docker {
  /** It was started by this project and holds nothing of others, unless they were pointed to it. */
  readonly isOurs: boolean
  /** What a child process needs in its environment so that its `docker` and `kind` speak to this daemon. */
  readonly env: Readonly<Record<string, string>>
  readonly hasBuildKit: boolean
  /** Runs `docker ARGS…`. */
  run(args: readonly string[], options?: CommandOptions): Promise<CommandResult>
  hasImage(image: string): Promise<boolean>
  /** Stops the daemon if it is ours and no container runs in it, and says what came of it. */
  stop(progress: Progress): Promise<DockerStop>
}

type DockerStop = { kind: 'stopped' } | { kind: 'not-ours' } | { kind: 'in-use'; containers: string[] }

export type DockerChoice =
  /** `host` goes into DOCKER_HOST; undefined leaves the choice to the docker command's own configuration. */
  | { kind: 'use'; host: string | undefined }
  | { kind: 'start-own' }
  | { kind: 'named-is-silent'; host: string }
  | { kind: 'none' }

export interface DockerSurroundings {
  /** DOCKER_HOST, if the person has set it. */
  named: string | undefined
  namedAnswers: boolean
  ownRuns: boolean
  defaultAnswers: boolean
  canStartOwn: boolean
}

/** A daemon that somebody names is used or complained about, unless it is ours, which can be started; else one that runs is used, ours before others, since our clusters are in it. */
export function chooseDocker(seen: DockerSurroundings): DockerChoice {
  if (seen.named !== undefined && seen.named !== OWN_DOCKER_HOST) {
    return seen.namedAnswers ? { kind: 'use', host: seen.named } : { kind: 'named-is-silent', host: seen.named }
  }
  if (seen.ownRuns) return { kind: 'use', host: OWN_DOCKER_HOST }
  if (seen.defaultAnswers) return { kind: 'use', host: undefined }
  return seen.canStartOwn ? { kind: 'start-own' } : { kind: 'none' }
}

/** The Docker daemon to work with: one that answers, else, as root on Linux, one of our own. */
export async function ensureDocker(progress: Progress): Promise<Docker> {
  const choice = chooseDocker(await observeSurroundings())
  switch (choice.kind) {
    case 'use':
      return connect(choice.host)
    case 'start-own':
      await startOwnDockerd(progress)
      return connect(OWN_DOCKER_HOST)
    case 'named-is-silent':
      throw new PrerequisiteMissing(
        `No Docker daemon answers at DOCKER_HOST (${choice.host}).`,
        'start it, or unset DOCKER_HOST to let another one be used.',
      )
    case 'none':
      throw new PrerequisiteMissing(
        'No Docker daemon answers.',
        'start Docker (and add yourself to the group "docker"), set DOCKER_HOST, or, on Linux, run this as root: it then starts a daemon of its own.',
      )
  }
}

/** The daemon that `ensureDocker` would use, if one runs. Starts nothing. */
export async function findDocker(): Promise<Docker | undefined> {
  const choice = chooseDocker(await observeSurroundings())
  return choice.kind === 'use' ? connect(choice.host) : undefined
}

async function observeSurroundings(): Promise<DockerSurroundings> {
  const named = process.env['DOCKER_HOST'] || undefined
  const isOpen = named === undefined || named === OWN_DOCKER_HOST
  const ownRuns = await ownDockerdRuns()
  return {
    named,
    namedAnswers: !isOpen && (await answers(named)),
    ownRuns,
    defaultAnswers: isOpen && !ownRuns && (await answers(undefined)),
    canStartOwn: process.platform === 'linux' && process.getuid?.() === 0,
  }
}

async function answers(host: string | undefined): Promise<boolean> {
  const asked = await runCommand('docker', ['version', '--format', '{{.Server.Version}}'], {
    env: hostEnv(host),
    allowFailure: true,
    timeoutMs: 15_000,
  })
  return asked.exitCode === 0
}

async function connect(host: string | undefined): Promise<Docker> {
  const isOurs = host === OWN_DOCKER_HOST
  const buildx = await runCommand('docker', ['buildx', 'version'], { env: hostEnv(host), allowFailure: true })
  const hasBuildKit = buildx.exitCode === 0
  const env = { ...hostEnv(host), DOCKER_BUILDKIT: hasBuildKit ? '1' : '0' }
  const run: Docker['run'] = (args, options = {}) =>
    runCommand('docker', args, { ...options, env: { ...env, ...options.env } })
  return {
    isOurs,
    env,
    hasBuildKit,
    run,
    hasImage: async (image) => {
      const asked = await run(['image', 'inspect', '--format', '{{.Id}}', image], { allowFailure: true })
      return asked.exitCode === 0
    },
    stop: async (progress) => {
      if (!isOurs) return { kind: 'not-ours' }
      const listed = await run(['ps', '--format', '{{.Names}}'])
      const containers = listed.stdout.split('\n').filter((name) => name !== '')
      if (containers.length > 0) return { kind: 'in-use', containers }
      await stopOwnDockerd(progress)
      return { kind: 'stopped' }
    },
  }
}

function hostEnv(host: string | undefined): Record<string, string> {
  return host === undefined ? {} : { DOCKER_HOST: host }
}
