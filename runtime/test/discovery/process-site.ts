import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Secret } from '../../../test/secrets/find-leaks.ts'
import type { LogLevel } from '../../src/config.ts'
import { type DeviceEntry, formatDeviceList } from '../../src/contract/device-list.ts'
import { type DiscoveryHints, formatDiscovery } from '../../src/contract/discovery-file.ts'
import { statusPaths, watchWithDiagnosis } from '../../src/contract/endpoints.ts'
import type { Folder } from '../../src/contract/file-layout.ts'
import { type KeyPair, keyPairOfSeed, parseKeyPair } from '../../src/contract/key-pair.ts'
import { formatRoster, type RosterCaller, type RosterWorker } from '../../src/contract/roster.ts'
import { formatSettings, type OrkSettings } from '../../src/contract/settings.ts'
import { topicHash } from '../../src/contract/topic.ts'
import { processEnv } from '../process/process-env.ts'
import { projectFiles, temporaryFolder } from '../process/projected-folder.ts'
import { StatusWatch } from './status-watch.ts'

/** As in the image. */
const image = settingsOf(readFileSync(new URL('../../../Dockerfile', import.meta.url), 'utf8'))
const sourceMain = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const loopback = '127.0.0.1'
export const topic = 'cd'.repeat(32)
export const adminToken = 'an-admin-token-of-a-site'
/** Of App Node: may read and command. */
export const commandToken = 'a-token-that-may-command'

/** A runtime process of its own. */
export interface SiteProcess {
  readonly child: ChildProcess
  /** What a command beside it would find in its environment, the port of its status included. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The port of its probes and status. */
  readonly statusPort: number
  /** Resolves with `performance.now()` of the moment at which it said that it is ready. */
  readonly ready: Promise<number>
  readonly exited: Promise<number | null>
  /** All that it has logged. */
  log(): string
  /** Ends it in the way of the signal, and waits until it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

/** What `discovery.json` says. */
interface Meeting extends Omit<DiscoveryHints, 'topicHash'> {
  readonly topicHash: string | undefined
  readonly orkPublicKey: string | null
  readonly bootstrap: readonly string[]
}

/** A worker that can be started and killed any number of times, with the same key at the same port. */
export interface SiteWorker {
  readonly workerId: string
  readonly entry: RosterWorker
  writeDevices(devices: readonly (string | DeviceEntry)[]): Promise<void>
  start(): Promise<SiteProcess>
}

/** Whose files hold one secret each. */
const secretFolders: ReadonlySet<Folder> = new Set(['key', 'topic', 'admin', 'tokens'])

let pairs = 0
/** A pair that nobody else has. */
export function newPair(): KeyPair {
  pairs += 1
  return keyPairOfSeed(`f0${pairs.toString(16).padStart(62, '0')}`)
}

export interface ProcessSiteOptions {
  readonly logLevel?: LogLevel
  /** The program; the one in source unless given. */
  readonly main?: string
}

/** The folders of a site on this machine: one ORK and its workers, each a process, in a DHT that is there already. */
export class ProcessSite {
  readonly ork = newPair()
  readonly appNode = newPair()
  readonly #root: Awaited<ReturnType<typeof temporaryFolder>>
  readonly #bootstrap: readonly string[]
  readonly #logLevel: LogLevel
  readonly #main: string
  readonly #running = new Set<SiteProcess>()
  readonly #secrets = new Map<string, string>()

  private constructor(
    root: Awaited<ReturnType<typeof temporaryFolder>>,
    bootstrap: readonly string[],
    { logLevel = 'info', main = sourceMain }: ProcessSiteOptions,
  ) {
    this.#root = root
    this.#logLevel = logLevel
    this.#main = main
    this.#bootstrap = bootstrap
  }

  static async open(bootstrap: readonly string[], options: ProcessSiteOptions = {}): Promise<ProcessSite> {
    const site = new ProcessSite(await temporaryFolder(), bootstrap, options)
    await site.write('ork', 'key', { seed: site.ork.seed })
    await site.#writeCommon('ork')
    await site.writeRoster([])
    return site
  }

  writeRoster(workers: readonly RosterWorker[], callers: readonly RosterCaller[] = []): Promise<void> {
    return this.write('ork', 'roster', { 'roster.json': formatRoster(workers, callers) })
  }

  writeSettings(settings: OrkSettings): Promise<void> {
    return this.write('ork', 'settings', { 'settings.json': formatSettings(settings) })
  }

  /** What nobody may read in a log, a metric or an answer: every seed, secret key and token of the site, and its topic. */
  secrets(): readonly Secret[] {
    return [...this.#secrets].map(([value, name]) => ({ name, value }))
  }

  /** Starts ORK with the store that the last one left. */
  startOrk(env: Readonly<Record<string, string>> = {}): Promise<SiteProcess> {
    return this.#start('ork', { SERVICE: 'ork', DHT_PORT: '0', ...env })
  }

  /** Where ORK keeps its store. */
  get orkStatePath(): string {
    return this.#path('ork', 'state')
  }

  /** Takes ORK's store away, as if it had never run. */
  forgetOrk(): Promise<void> {
    return rm(this.orkStatePath, { recursive: true, force: true })
  }

  /** What an ORK says of itself from now on. */
  watch({ statusPort }: SiteProcess): StatusWatch {
    return StatusWatch.open(
      `http://${loopback}:${statusPort}${statusPaths.status}?watch=${watchWithDiagnosis}`,
      adminToken,
    )
  }

  /** Starts an App Node, which the roster must list as a caller, on any free port. */
  async startAppNode(): Promise<SiteProcess> {
    await this.write('app-node', 'key', { seed: this.appNode.seed })
    await this.write('app-node', 'tokens', { read: 'a-token-that-may-read', command: commandToken })
    await this.#writeCommon('app-node')
    return this.#start('app-node', { SERVICE: 'app-node', DHT_PORT: '0', PORT: '0' })
  }

  /** Starts a DHT node besides those that are there. */
  async startDht(): Promise<SiteProcess> {
    await this.#writeCommon('dht')
    return this.#start('dht', { SERVICE: 'dht', DHT_PORT: String(await freeUdpPort()) })
  }

  /** A device that is named only is a simulated one. */
  async addWorker(
    workerId: string,
    given: readonly (string | DeviceEntry)[],
    serving: Readonly<Record<string, string>> = { WORKER: 'simulated' },
  ): Promise<SiteWorker> {
    const pair = newPair()
    const port = await freeUdpPort()
    await this.write(workerId, 'key', { seed: pair.seed })
    await this.#writeCommon(workerId)
    const writeDevices = (devices: readonly (string | DeviceEntry)[]) =>
      this.write(workerId, 'devices', { 'devices.json': formatDeviceList(devices.map(entryOf)) })
    await writeDevices(given)
    const env = { SERVICE: 'worker', ...serving, RACK: workerId, WORKER_ID: workerId, DHT_PORT: String(port) }
    return {
      workerId,
      entry: { workerId, publicKey: pair.publicKey, host: loopback, port },
      writeDevices,
      start: () => this.#start(workerId, env),
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.end('SIGKILL')))
    await this.#root.remove()
  }

  /** Where a process meets the others; what isn't said is as in a site in which all is well. */
  writeDiscovery(name: string, found: Partial<Meeting> = {}): Promise<void> {
    const usual = { orkPublicKey: this.ork.publicKey, bootstrap: this.#bootstrap, topicHash: topicHash(topic) }
    const { orkPublicKey, bootstrap, ...hints } = { ...usual, ...found }
    return this.write(name, 'discovery', { 'discovery.json': formatDiscovery(orkPublicKey, bootstrap, hints) })
  }

  /** Writes one folder of a process. */
  write(name: string, folder: Folder, files: Readonly<Record<string, string>>): Promise<void> {
    if (secretFolders.has(folder)) {
      for (const [file, value] of Object.entries(files)) this.#secrets.set(value, `${file} of ${name}`)
    }
    const pair = folder === 'key' ? parseKeyPair(files) : null
    if (pair?.kind === 'ok') this.#secrets.set(pair.value.secretKey, `secret key of ${name}`)
    return projectFiles(this.#path(name, folder), files)
  }

  /** Copies the folders of a process as another's, and gives the path of the copy. */
  async copyFiles(name: string, as: string): Promise<string> {
    const path = join(this.#root.path, as)
    await rm(path, { recursive: true, force: true })
    await cp(join(this.#root.path, name), path, { recursive: true, verbatimSymlinks: true })
    return path
  }

  async #writeCommon(name: string): Promise<void> {
    await this.write(name, 'topic', { topic })
    await this.write(name, 'admin', { token: adminToken })
    await this.writeDiscovery(name)
  }

  #path(name: string, folder: string): string {
    return join(this.#root.path, name, folder)
  }

  async #start(name: string, env: Readonly<Record<string, string>>): Promise<SiteProcess> {
    const state = this.#path(name, 'state')
    await mkdir(state, { recursive: true })
    const all = {
      ...processEnv,
      ...image.env,
      POD_IP: loopback,
      STATUS_PORT: '0',
      LOG_LEVEL: this.#logLevel,
      MDK_CONFIG_DIR: join(this.#root.path, name),
      MDK_STATE_DIR: state,
      ...env,
    }
    const child = spawn(process.execPath, [...image.flags, this.#main], {
      env: all,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null))
    const lines = keepLines(child)
    const statusPort = await statusPortOf(child, lines)
    const ready = readyAt(statusPort, exited)
    // Whoever kills it before it is ready needn't have waited for that.
    ready.catch(() => undefined)
    const running: SiteProcess = {
      child,
      env: { ...all, STATUS_PORT: String(statusPort) },
      statusPort,
      ready,
      exited,
      log: () => lines.join('\n'),
      end: async (signal) => {
        this.#running.delete(running)
        child.kill(signal)
        await exited
      },
    }
    this.#running.add(running)
    return running
  }
}

function entryOf(device: string | DeviceEntry): DeviceEntry {
  return typeof device === 'string' ? simulated(device) : device
}

function simulated(id: string): DeviceEntry {
  return { id, driver: 'simulated', model: null, address: null, port: null, options: {}, credentials: {} }
}

/** The log, line by line as it comes. What goes wrong is shown as well. */
function keepLines(child: ChildProcess): readonly string[] {
  if (child.stdout === null) throw new Error('the process has no output')
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    if (/"level":"(error|fatal)"/.test(line)) process.stderr.write(`${line}\n`)
  })
  return lines
}

/** Reads the port from the log. */
async function statusPortOf(child: ChildProcess, lines: readonly string[]): Promise<number> {
  for (;;) {
    for (const line of lines) {
      const port = /"statusPort":(\d+)/.exec(line)?.[1]
      if (port !== undefined) return Number(port)
    }
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the process ended before it served its status:\n${lines.join('\n')}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
}

/** Asks every few milliseconds. */
async function readyAt(statusPort: number, exited: Promise<unknown>): Promise<number> {
  const life = { over: false }
  void exited.then(() => Object.assign(life, { over: true }))
  while (!life.over) {
    const ok = await fetch(`http://${loopback}:${statusPort}${statusPaths.ready}`).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return performance.now()
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
  throw new Error('the process ended before it was ready')
}

/** Below the ports that the system gives out, so that no other socket takes it between this and the process's start. */
async function freeUdpPort(): Promise<number> {
  nextPort = nextPort === 30_000 ? 20_000 : nextPort + 1
  const port = nextPort
  const socket = createSocket('udp4')
  const bound = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false)).bind(port, loopback, () => resolve(true))
  })
  socket.close()
  return bound ? port : freeUdpPort()
}

/** Test files run beside each other, each in a process of its own. */
let nextPort = 20_000 + (process.pid % 10_000)

interface ImageSettings {
  /** What stands between node and the program. */
  readonly flags: readonly string[]
  /** Of the environment, what says how memory is used. */
  readonly env: Readonly<Record<string, string>>
}

function settingsOf(dockerfile: string): ImageSettings {
  const entry = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1]
  if (entry === undefined) throw new Error('the Dockerfile has no entry point')
  const arenas = /^ENV .*\bMALLOC_ARENA_MAX=(\d+)/m.exec(dockerfile)?.[1]
  if (arenas === undefined) throw new Error('the Dockerfile does not set MALLOC_ARENA_MAX')
  return { flags: (JSON.parse(entry) as string[]).slice(1, -1), env: { MALLOC_ARENA_MAX: arenas } }
}
