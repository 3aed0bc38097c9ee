import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { cacheFolder } from './cache-folder.ts'
import { commandEnv, runCommand } from './command.ts'
import { observeTraces, removeTraces, type TracesBefore } from './docker-traces.ts'
import {
  forgetHostState,
  parseSysctls,
  readSysctls,
  recallHostState,
  rememberHostState,
  type Sysctls,
  writeSysctls,
} from './host-state.ts'
import { withLock } from './lock.ts'
import { DOCKER_DAEMON, ensurePrograms, findProgram } from './prerequisites.ts'
import { identifyProcess, isRunning } from './process-identity.ts'
import { ensureOwnProgram } from './programs.ts'
import type { Progress } from './progress.ts'

/** The project's own dockerd: everything of it is in the cache folder, and nobody else's daemon is touched. */
export const OWN_DOCKER_HOST = `unix://${cacheFolder('docker', 'docker.sock')}`

const PID_FILE = cacheFolder('docker', 'dockerd.pid')
const LOG_FILE = cacheFolder('docker', 'dockerd.log')
const EXEC_ROOT = cacheFolder('docker', 'exec')
const START_WITHIN_MS = 60_000
const STOP_WITHIN_MS = 60_000
/** The kernel's limit for the path of a Unix socket, less the 0 at its end. */
const LONGEST_SOCKET_PATH = 107
const CAP_SYS_RESOURCE = 24

interface Before extends TracesBefore {
  sysctls: Sysctls
}

export async function ownDockerdRuns(): Promise<boolean> {
  return (await ownPid()) !== undefined
}

/** Starts the daemon if it doesn't run. It goes on running when this process ends. Linux and root only. */
export async function startOwnDockerd(progress: Progress): Promise<void> {
  if (OWN_DOCKER_HOST.length - 'unix://'.length > LONGEST_SOCKET_PATH) {
    throw new Error(`the path of ${OWN_DOCKER_HOST} is too long for a socket. Set XDG_CACHE_HOME to a shorter folder.`)
  }
  await ensurePrograms(DOCKER_DAEMON, 'to run containers', progress)
  const runtime = (await hasCapability(CAP_SYS_RESOURCE)) ? undefined : await ensureOwnProgram('ocifit', progress)
  await withLock({ name: 'dockerd', progress }, async () => {
    if (await ownDockerdRuns()) return
    await progress.step('starting a dockerd of our own', () => launch(runtime?.path))
  })
}

/** Stops the daemon and takes away what it leaves on the machine; its images stay. Nothing must run in it. */
export async function stopOwnDockerd(progress: Progress): Promise<void> {
  await withLock({ name: 'dockerd', progress }, async () => {
    const pid = await ownPid()
    if (pid === undefined) return
    await progress.step('stopping our dockerd', async () => {
      const bridges = await ownBridges()
      const daemon = identifyProcess(pid)
      process.kill(pid, 'SIGTERM')
      await until(() => Promise.resolve(!isRunning(daemon)), STOP_WITHIN_MS, `dockerd (process ${pid}) does not end`)
      const before = parseBefore(await recallHostState('dockerd'))
      await runCommand('umount', [`${EXEC_ROOT}/netns/default`], { allowFailure: true })
      await removeTraces(before, bridges)
      await writeSysctls(before.sysctls)
      await forgetHostState('dockerd')
      await rm(PID_FILE, { force: true })
    })
  })
}

async function launch(runtime: string | undefined): Promise<void> {
  await mkdir(cacheFolder('docker'), { recursive: true })
  await rememberHostState<Before>('dockerd', async () => ({
    ...(await observeTraces()),
    sysctls: await readSysctls(['net.ipv4.ip_forward']),
  }))
  // A pid file of a daemon that was killed, or of before a reboot, would keep a new one from starting.
  await rm(PID_FILE, { force: true })
  const log = openSync(LOG_FILE, 'w')
  const daemon = spawn((await findProgram('dockerd')) ?? '', await daemonArgs(runtime), {
    env: commandEnv(),
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  let ended = false
  daemon.once('error', () => (ended = true))
  daemon.once('exit', () => (ended = true))
  daemon.unref()
  await until(async () => ended || (await answers()), START_WITHIN_MS, `dockerd does not answer; its log: ${LOG_FILE}`)
  if (!(await answers())) {
    const log = (await readFile(LOG_FILE, 'utf8')).trim().split('\n').slice(-10).join('\n')
    throw new Error(`our dockerd ended. The end of ${LOG_FILE}:\n${log}`)
  }
}

async function daemonArgs(runtime: string | undefined): Promise<string[]> {
  const mtu = await defaultLinkMtu()
  return [
    `--host=${OWN_DOCKER_HOST}`,
    `--data-root=${cacheFolder('docker', 'data')}`,
    `--exec-root=${EXEC_ROOT}`,
    `--pidfile=${PID_FILE}`,
    '--exec-opt=native.cgroupdriver=cgroupfs',
    '--storage-driver=overlay2',
    ...(mtu === undefined ? [] : [`--mtu=${mtu}`]),
    ...(runtime === undefined ? [] : [`--add-runtime=ocifit=${runtime}`, '--default-runtime=ocifit']),
  ]
}

async function answers(): Promise<boolean> {
  const asked = await runCommand('docker', ['version', '--format', '{{.Server.Version}}'], {
    env: { DOCKER_HOST: OWN_DOCKER_HOST },
    allowFailure: true,
    timeoutMs: 5_000,
  })
  return asked.exitCode === 0
}

async function ownBridges(): Promise<string[]> {
  const listed = await runCommand('docker', ['network', 'ls', '-q', '--filter', 'driver=bridge'], {
    env: { DOCKER_HOST: OWN_DOCKER_HOST },
    allowFailure: true,
  })
  const ids = listed.stdout.split('\n').filter((id) => id !== '')
  return ['docker0', ...ids.map((id) => `br-${id}`)]
}

/** The daemon's pid, if the process of the pid file is still our daemon. */
async function ownPid(): Promise<number | undefined> {
  const pid = Number(await readFile(PID_FILE, 'utf8').catch(() => ''))
  if (!(pid > 0)) return undefined
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return command.includes(PID_FILE) ? pid : undefined
}

/** The MTU of the link that the default route leads over: a bridge with a larger one would stall on big packets. */
async function defaultLinkMtu(): Promise<number | undefined> {
  const link = parseDefaultLink(await readFile('/proc/net/route', 'utf8').catch(() => ''))
  if (link === undefined) return undefined
  const mtu = Number(await readFile(`/sys/class/net/${link}/mtu`, 'utf8').catch(() => ''))
  return mtu > 0 ? mtu : undefined
}

/** The link of the default route with the lowest metric, from /proc/net/route (addresses and masks are hexadecimal). */
export function parseDefaultLink(table: string): string | undefined {
  const routes = table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1] === '00000000' && fields[7] === '00000000')
  return routes.sort((a, b) => Number(a[6]) - Number(b[6]))[0]?.[0]
}

async function hasCapability(bit: number): Promise<boolean> {
  return parseCapability(await readFile('/proc/self/status', 'utf8'), bit)
}

/** Whether the permitted set in a /proc/PID/status has the capability. */
export function parseCapability(status: string, bit: number): boolean {
  const permitted = /^CapPrm:\s*([0-9a-f]+)/m.exec(status)?.[1]
  return permitted !== undefined && ((BigInt(`0x${permitted}`) >> BigInt(bit)) & 1n) === 1n
}

function parseBefore(value: unknown): Before {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Partial<Before>
  return {
    forwardPolicies: parseSysctls(fields.forwardPolicies),
    hadLibModules: fields.hadLibModules !== false,
    sysctls: parseSysctls(fields.sysctls),
  }
}

async function until(check: () => Promise<boolean>, withinMs: number, complaint: string): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(complaint)
    await delay(100)
  }
}
