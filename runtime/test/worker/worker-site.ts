import { join } from 'node:path'
import { Registry } from 'prom-client'
import type { WorkerConfig } from '../../src/config.ts'
import { type DeviceEntry, formatDeviceList } from '../../src/contract/device-list.ts'
import { formatDiscovery } from '../../src/contract/discovery-file.ts'
import { createLog } from '../../src/log.ts'
import type { Link } from '../../src/net/link.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { envelopesOf } from '../../src/protocol/envelope.ts'
import { encode } from '../../src/protocol/frames.ts'
import { startWorker } from '../../src/worker/app.ts'
import { loopback, startTestDht, type TestDht } from '../net/test-dht.ts'
import { testPair } from '../net/test-pair.ts'
import { projectFiles, temporaryFolder } from '../process/projected-folder.ts'

const orkPair = testPair(1)
export const workerPair = testPair(2)
export const topic = 'cd'.repeat(32)
export const adminToken = 'an-admin-token-of-a-test'

/** The files of one worker, a private DHT, and an RPC client with ORK's key. */
export interface WorkerSite {
  readonly config: WorkerConfig
  readonly dht: TestDht
  readonly ork: NetworkNode
  readonly registry: Registry
  /** Everything that the worker has logged, from debug on. */
  log(): string
  /** Starts the worker in this process; it is closed with the site. */
  start(): Promise<{ readonly statusPort: number; close(): Promise<void> }>
  writeDevices(devices: readonly DeviceEntry[]): Promise<string>
  writeRaw(folder: 'devices' | 'discovery' | 'topic', name: string, text: string): Promise<void>
  /** A link from ORK to the worker. */
  dial(): Promise<Link>
  close(): Promise<void>
}

export function simulated(id: string, options: Readonly<Record<string, string>> = {}): DeviceEntry {
  return { id, driver: 'simulated', model: null, address: null, port: null, options, credentials: {} }
}

export async function openWorkerSite(change: Partial<WorkerConfig> = {}): Promise<WorkerSite> {
  const [folder, dht] = [await temporaryFolder(), await startTestDht()]
  const config: WorkerConfig = {
    service: 'worker',
    configDir: folder.path,
    stateDir: folder.path,
    statusPort: 0,
    logLevel: 'error',
    podIp: loopback,
    dhtPort: 0,
    driver: 'simulated',
    model: null,
    rack: 'rack-1',
    workerId: 'simulated-rack-1',
    durability: 'fast',
    ...change,
  }
  const write = (name: string, files: Readonly<Record<string, string>>) => projectFiles(join(folder.path, name), files)
  await write('key', { seed: workerPair.seed })
  await write('topic', { topic })
  await write('discovery', { 'discovery.json': formatDiscovery(orkPair.publicKey, dht.bootstrap) })
  await write('admin', { token: adminToken })
  const running: { close(): Promise<void> }[] = []
  const ork = await dht.join(1)
  const registry = new Registry()
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLog({ level: 'debug', service: 'worker', destination })
  return {
    config,
    dht,
    ork,
    registry,
    log: () => lines.join(''),
    async start() {
      const worker = await startWorker(config, { log, registry })
      running.push(worker)
      return worker
    },
    async writeDevices(devices) {
      const text = formatDeviceList(devices)
      await write('devices', { 'devices.json': text })
      return text
    },
    writeRaw: (name, file, text) => write(name, { [file]: text }),
    dial: () => ork.dial({ publicKey: workerPair.publicKey }, { timeoutMs: 5_000 }),
    async close() {
      for (const worker of running) await worker.close()
      await dht.close()
      await folder.remove()
    },
  }
}

const envelopes = envelopesOf('ork:kernel:default', { newId: () => crypto.randomUUID(), now: () => Date.now() })

/** A reply envelope as it came over the wire. */
type Reply = {
  readonly type: string
  readonly action: string
  readonly sender: string
  readonly target: string
  readonly deviceId: string | null
  readonly payload: Record<string, unknown>
}

/** Sends an action to the worker as ORK does, and reads the reply envelope. */
export async function ask(link: Link, action: string, payload: object = {}, deviceId: string | null = null) {
  const request = { ...envelopes.toWorker('health.ping', {}, { target: 'w', deviceId }), action, payload }
  const frame = await link.request(encode(request), { timeoutMs: 15_000 })
  return JSON.parse(frame.toString()) as Reply
}
