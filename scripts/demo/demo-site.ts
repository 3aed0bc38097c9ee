import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type DeviceEntry, formatDeviceList } from '../../runtime/src/contract/device-list.ts'
import { formatDiscovery } from '../../runtime/src/contract/discovery-file.ts'
import type { Service } from '../../runtime/src/contract/env.ts'
import { type Folder, foldersOf, type OptionalFolder } from '../../runtime/src/contract/file-layout.ts'
import { type KeyPair, keyPairOfSeed } from '../../runtime/src/contract/key-pair.ts'
import { formatRoster } from '../../runtime/src/contract/roster.ts'
import { formatSiteWorkers } from '../../runtime/src/contract/site-workers.ts'

export const topologies = ['single', 'local', 'microservices'] as const
export type Topology = (typeof topologies)[number]

export interface DemoSiteOptions {
  readonly topology: Topology
  /** Folder for all of it. */
  readonly dir: string
  /** TCP port of the HTTP API. */
  readonly port: number
  /** TCP ports of the miners of rack a; rack b has as many simulated ones. */
  readonly miners: readonly number[]
}

/** A process to run. */
export interface DemoProcess {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
}

export interface DemoSite {
  /** In the order in which they may start; none waits for another. */
  readonly processes: readonly DemoProcess[]
  readonly tokens: { readonly read: string; readonly command: string; readonly admin: string }
}

const loopback = '127.0.0.1'
const secret = () => randomBytes(32).toString('hex')

/** Writes the folders of the demo site in one of its shapes: the same racks, devices and workers in each. */
export async function writeDemoSite(options: DemoSiteOptions): Promise<DemoSite> {
  const { topology, dir, port } = options
  const tokens = { read: secret(), command: secret(), admin: secret() }
  const pairs = { ork: keyPairOfSeed(secret()), appNode: keyPairOfSeed(secret()) }
  const workers = await workersOf(options)
  const bootstrap = topology === 'microservices' ? [`${loopback}:${await freeUdpPort()}`] : []
  const files: SiteFiles = {
    topic: { topic: secret() },
    discovery: { 'discovery.json': formatDiscovery(pairs.ork.publicKey, bootstrap) },
    roster: { 'roster.json': rosterOf(workers, pairs.appNode) },
    workers: { 'workers.json': siteWorkersOf(workers) },
    admin: { token: tokens.admin },
    tokens: { read: tokens.read, command: tokens.command },
  }
  const api = { PORT: String(port) }
  const processes: readonly Declared[] =
    topology === 'single'
      ? [{ name: 'site', service: 'site', own: keyOf(pairs.ork), env: api }]
      : [
          ...bootstrap.map(
            (node): Declared => ({ name: 'dht', service: 'dht', own: {}, env: { DHT_PORT: portIn(node) } }),
          ),
          { name: 'ork', service: 'ork', own: keyOf(pairs.ork), env: {} },
          ...workers.map(declareWorker),
          { name: 'app-node', service: 'app-node', own: keyOf(pairs.appNode), env: api },
        ]
  const common = { POD_IP: loopback, STATUS_PORT: '0', DHT_PORT: '0', ...meetingOf(topology, dir) }
  for (const each of processes) await writeFolders(join(dir, each.name), each, files)
  return {
    tokens,
    processes: processes.map(({ name, service, env }) => ({
      name,
      env: {
        ...common,
        SERVICE: service,
        MDK_CONFIG_DIR: join(dir, name),
        MDK_STATE_DIR: join(dir, name, 'state'),
        ...env,
      },
    })),
  }
}

type Files = Readonly<Record<string, string>>
/** What all processes have that read it. */
type SiteFiles = Readonly<Record<Exclude<Folder, OptionalFolder | 'key' | 'devices'>, Files>>

interface Declared extends DemoProcess {
  readonly service: Service
  /** What it alone has. */
  readonly own: Partial<Readonly<Record<'key' | 'devices', Files>>>
}

async function writeFolders(path: string, { service, own }: Declared, files: SiteFiles): Promise<void> {
  for (const folder of foldersOf[service]) {
    const content = folder === 'key' || folder === 'devices' ? own[folder] : files[folder]
    for (const [file, text] of Object.entries(content ?? {})) await writeOne(join(path, folder, file), text)
  }
}

function rosterOf(workers: readonly DemoWorker[], { publicKey }: KeyPair): string {
  const entries = workers.map(({ workerId, pair, udpPort }) => {
    return { workerId, publicKey: pair.publicKey, host: loopback, port: udpPort }
  })
  return formatRoster(entries, [{ name: 'app-node', publicKey }])
}

function siteWorkersOf(workers: readonly DemoWorker[]): string {
  return formatSiteWorkers(
    workers.map(({ workerId, driver, model, pair, devices }) => ({
      workerId,
      driver,
      model,
      seed: pair.seed,
      devices,
    })),
  )
}

function declareWorker({ workerId, driver, model, pair, udpPort, devices }: DemoWorker): Declared {
  return {
    name: workerId,
    service: 'worker',
    own: { ...keyOf(pair), devices: { 'devices.json': formatDeviceList(devices) } },
    env: { WORKER: driver, TYPE: model ?? '', RACK: workerId, WORKER_ID: workerId, DHT_PORT: String(udpPort) },
  }
}

function portIn(hostAndPort: string): string {
  return hostAndPort.split(':')[1] ?? ''
}

interface DemoWorker {
  readonly workerId: string
  readonly driver: string
  readonly model: string | null
  readonly pair: KeyPair
  readonly udpPort: number
  readonly devices: DeviceEntry[]
}

async function workersOf({ miners }: DemoSiteOptions): Promise<readonly DemoWorker[]> {
  const two = (number: number) => String(number).padStart(2, '0')
  const entry = { model: null, address: null, port: null, options: {}, credentials: {} }
  const [a, b] = ['miner-whatsminer', 'simulated'] as const
  const ofRackA = miners.map((port, index) => {
    const at = { address: loopback, port, credentials: { password: 'admin' } }
    return { ...entry, ...at, id: `rack-a.wm-${two(index + 1)}`, driver: a }
  })
  const ofRackB = miners.map((_, index) => ({ ...entry, id: `rack-b.sim-${two(index + 1)}`, driver: b }))
  return [
    {
      workerId: 'whatsminer-rack-a',
      driver: a,
      model: 'M56S',
      pair: keyPairOfSeed(secret()),
      udpPort: await freeUdpPort(),
      devices: ofRackA,
    },
    {
      workerId: 'simulated-rack-b',
      driver: b,
      model: null,
      pair: keyPairOfSeed(secret()),
      udpPort: await freeUdpPort(),
      devices: ofRackB,
    },
  ]
}

function keyOf({ seed }: KeyPair): Declared['own'] {
  return { key: { seed } }
}

function meetingOf(topology: Topology, dir: string): Readonly<Record<string, string>> {
  return topology === 'local' ? { MDK_DISCOVERY: 'local', MDK_SHARED_DIR: join(dir, 'shared') } : {}
}

async function writeOne(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(path, text, { mode: 0o600 })
}

/** One that is free now. */
async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, loopback)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}
