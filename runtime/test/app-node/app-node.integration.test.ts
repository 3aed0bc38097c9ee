import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type RunningAppNode, startAppNode } from '../../src/app-node/app.ts'
import { formatDiscovery } from '../../src/contract/discovery-file.ts'
import { silentLog } from '../../src/log.ts'
import { startTestDht, type TestDht } from '../net/test-dht.ts'
import { testPair } from '../net/test-pair.ts'
import { temporaryFolder, writePlainFile } from '../process/projected-folder.ts'
import { type ScriptedOrk, startScriptedOrk } from './scripted-ork.ts'

const orkNumber = 501
const token = 'a-token-that-may-read-only'
const worker = { workerId: 'w1', deviceIds: ['a.1'], state: 'READY', healthState: 'HEALTHY', rpcKey: 'ab'.repeat(32) }

let dht: TestDht
let root: Awaited<ReturnType<typeof temporaryFolder>>
let ork: ScriptedOrk | undefined
let app: RunningAppNode | undefined

beforeAll(async () => {
  dht = await startTestDht()
})
afterAll(() => dht.close())
beforeEach(async () => {
  root = await temporaryFolder()
  const write = (folder: string, name: string, text: string) => writePlainFile(join(root.path, folder, name), text)
  await write('key', 'seed', testPair(502).seed)
  await write('tokens', 'read', token)
  await write('tokens', 'command', `${token}-not`)
  await write('discovery', 'discovery.json', formatDiscovery(testPair(orkNumber).publicKey, dht.bootstrap))
})
afterEach(async () => {
  await app?.close()
  await ork?.close()
  app = undefined
  ork = undefined
  await root.remove()
})

async function startOrk(): Promise<void> {
  const node = await dht.join(orkNumber)
  ork = await startScriptedOrk(node, { 'worker.list': () => ({ workers: [worker] }) })
}

async function startApp(): Promise<void> {
  app = await startAppNode(
    {
      service: 'app-node',
      configDir: root.path,
      stateDir: root.path,
      statusPort: 0,
      logLevel: 'info',
      podIp: '127.0.0.1',
      dhtPort: 0,
      port: 0,
    },
    { log: silentLog, registry: new Registry() },
  )
}

async function health(): Promise<{ readonly status: string }> {
  const response = await fetch(`http://127.0.0.1:${app!.port}/health`)
  expect(response.status).toBe(200)
  return (await response.json()) as { status: string }
}

const isOk = () => vi.waitFor(async () => expect((await health()).status).toBe('ok'), { timeout: 20_000, interval: 25 })
const isDegraded = () =>
  vi.waitFor(async () => expect((await health()).status).toBe('degraded'), { timeout: 20_000, interval: 25 })

describe('App Node over a real DHT', () => {
  it('finds ORK by its key when ORK is there first', async () => {
    await startOrk()
    await startApp()
    await isOk()
    const workers = await fetch(`http://127.0.0.1:${app!.port}/site-monitor/workers`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(await workers.json()).toMatchObject({ workers: [{ workerId: 'w1', driver: null }], totalDevices: 1 })
  })

  it('finds ORK when it comes later, and a restarted one with the same key at another address', async () => {
    await startApp()
    await isDegraded()
    await startOrk()
    await isOk()
    await ork!.close()
    await isDegraded()
    await startOrk()
    await isOk()
  })
})
