import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { keyPairOfSeed } from '../../src/contract/key-pair.ts'
import { simulatedDriver } from '../../src/drivers/simulated/driver.ts'
import type { RunningAppNode } from '../../src/sdk/app-node.ts'
import {
  type GetOrkOptions,
  getOrk,
  type Ork,
  type RunningClient,
  type RunningWorker,
  type StartWorkerOptions,
  startAppNode,
  startClient,
  startWorker,
  waitForDiscovery,
} from '../../src/sdk/index.ts'
import { startTestDht, type TestDht } from '../net/test-dht.ts'
import { temporaryFolder } from '../process/projected-folder.ts'
import { partsInRoot } from './parts-in-root.ts'

const devices = [{ id: 'rack-1.one' }, { id: 'rack-1.two' }]

/** A site of one ORK, and the means to add to it. */
interface Site {
  readonly ork: Ork
  startWorker(options?: StartWorkerOptions): Promise<RunningWorker>
  startAppNode(): Promise<RunningAppNode>
  startClient(): Promise<RunningClient>
  /** Ends ORK and starts another one on what it left. */
  restartOrk(): Promise<Ork>
}

type Topology = 'single process' | 'local' | 'microservices'

let dht: TestDht
const { root, own } = partsInRoot()

async function openSite(topology: Topology, options: GetOrkOptions = {}): Promise<Site> {
  if (topology === 'microservices') dht = own(await startTestDht())
  const meeting =
    topology === 'local'
      ? { discovery: { mode: 'local' } as const }
      : topology === 'microservices'
        ? { bootstrap: dht.bootstrap }
        : {}
  const start = async () => own(await getOrk({ root: root.path, ...meeting, ...options }))
  let ork = await start()
  const way = () => (topology === 'single process' ? { ork } : meeting)
  return {
    ork,
    startWorker: async (more = {}) =>
      own(await startWorker(simulatedDriver, { root: root.path, devices, ...way(), ...more })),
    startAppNode: async () => own(await startAppNode({ root: root.path, port: 0, ...way() })),
    startClient: async () => own(await startClient({ root: root.path, ...way() })),
    async restartOrk() {
      await ork.close()
      ork = await start()
      return ork
    },
  }
}

const get = async ({ url, tokens }: RunningAppNode, path: string): Promise<unknown> => {
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${tokens.read[0] ?? ''}` } })
  return answer.json()
}

async function command({ url, tokens }: RunningAppNode, deviceId: string, body: object): Promise<string> {
  const answer = await fetch(`${url}/site-monitor/devices/${deviceId}/commands`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.command[0] ?? ''}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return ((await answer.json()) as { commandId: string }).commandId
}

const slow = { timeout: 30_000, interval: 50 }

describe.each<Topology>(['single process', 'local', 'microservices'])('a site as %s', (topology) => {
  it('finds its worker, reads a device, runs a command and serves both over HTTP', async () => {
    const site = await openSite(topology)
    const worker = await site.startWorker()
    const found = await waitForDiscovery(site.ork)
    expect(found).toMatchObject([{ workerId: 'simulated-rack-1', state: 'READY', publicKey: worker.publicKey }])
    expect(found[0]?.devices).toEqual(['rack-1.one', 'rack-1.two'])
    const appNode = await site.startAppNode()
    await expect.poll(() => get(appNode, '/health'), slow).toMatchObject({ status: 'ok', devices: { total: 2 } })
    const telemetry = await get(appNode, '/site-monitor/devices/rack-1.one/telemetry')
    expect(telemetry).toMatchObject({ deviceId: 'rack-1.one', metrics: { success: true } })
    const commandId = await command(appNode, 'rack-1.one', { command: 'reboot' })
    await expect
      .poll(() => get(appNode, `/site-monitor/commands/${commandId}`), slow)
      .toMatchObject({ status: 'SUCCESS', workerId: 'simulated-rack-1' })
  })

  it('is read and commanded by a client that knows nothing but the site, beside App Node', async () => {
    const site = await openSite(topology)
    await site.startWorker()
    await waitForDiscovery(site.ork)
    await site.startAppNode()
    const clients = [await site.startClient(), await site.startClient()]
    for (const client of clients) {
      expect(await client.waitForDevice('rack-1.two')).toMatchObject({ value: { workerId: 'simulated-rack-1' } })
      const pulled = await client.pullWorkerTelemetry('simulated-rack-1')
      expect(pulled).toMatchObject({ value: { devices: [{ deviceId: 'rack-1.one' }, { deviceId: 'rack-1.two' }] } })
      expect(await client.pullSiteTelemetry('count')).toMatchObject({
        value: [{ workerId: 'simulated-rack-1', telemetry: { kind: 'ok', value: { count: 2 } } }],
      })
      const sent = await client.sendCommand('rack-1.two', 'setLED', { enabled: true })
      const commandId = sent.kind === 'ok' ? sent.value.commandId : ''
      expect(await client.waitForCommand(commandId)).toMatchObject({ value: { status: 'SUCCESS' } })
    }
    await clients[0]?.close()
    expect(await clients[0]?.listWorkers({ timeoutMs: 100 })).toMatchObject({ code: 'ERR_ORK_UNREACHABLE' })
    expect(await clients[1]?.listWorkers()).toMatchObject({ kind: 'ok' })
  })

  it('finds a worker that was there before ORK, under the same key as before, and what the old ORK knew', async () => {
    const site = await openSite(topology)
    const worker = await site.startWorker()
    await waitForDiscovery(site.ork)
    if (topology === 'single process') await worker.close()
    const ork = await site.restartOrk()
    expect(ork.publicKey).toBe(site.ork.publicKey)
    expect(ork.workers()).toMatchObject([{ workerId: 'simulated-rack-1', publicKey: worker.publicKey }])
    if (topology === 'single process') await site.startWorker()
    expect(await waitForDiscovery(ork)).toMatchObject([{ state: 'READY', publicKey: worker.publicKey }])
  })

  it('takes another list of devices without a restart', async () => {
    const site = await openSite(topology)
    const worker = await site.startWorker()
    await waitForDiscovery(site.ork)
    worker.setDevices([{ id: 'rack-1.three' }])
    await expect.poll(() => site.ork.workers()[0]?.devices, slow).toEqual(['rack-1.three'])
    expect(worker.devices().map(({ id }) => id)).toEqual(['rack-1.three'])
  })

  it('refuses a second worker that takes the name of the first, and says so', async () => {
    const site = await openSite(topology)
    const worker = await site.startWorker()
    await waitForDiscovery(site.ork)
    const other = await site.startWorker({ seed: '0b'.repeat(32), devices: [{ id: 'rack-1.other' }] })
    const problem = () => {
      site.ork.searchNow()
      return site.ork.workers()[0]?.problem
    }
    await expect.poll(problem, slow).toContain(other.publicKey)
    expect(site.ork.workers()).toMatchObject([{ publicKey: worker.publicKey, devices: ['rack-1.one', 'rack-1.two'] }])
  })
})

describe('a site as single process', () => {
  it('opens no port but that of the HTTP API', async () => {
    const site = await openSite('single process')
    await site.startWorker()
    await waitForDiscovery(site.ork)
    const resources = process.getActiveResourcesInfo().filter((name) => /UDP|TCPSERVER/i.test(name))
    expect(resources).toEqual([])
  })
})

describe('a client with a seed of its own', () => {
  it('is let in by the ORK that lists its key, and by no other', async () => {
    const seed = '0c'.repeat(32)
    const { publicKey } = keyPairOfSeed(seed)
    const site = await openSite('microservices', { allowedCallers: [publicKey] })
    const elsewhere = await temporaryFolder()
    const way = { root: elsewhere.path, bootstrap: dht.bootstrap, orkKey: site.ork.publicKey }
    const [listed, stranger] = [own(await startClient({ ...way, seed })), own(await startClient(way))]
    expect(listed.publicKey).toBe(publicKey)
    expect(await listed.connect({ timeoutMs: 30_000 })).toMatchObject({ kind: 'ok' })
    expect(await stranger.connect({ timeoutMs: 1_000 })).toMatchObject({ code: 'ERR_ORK_UNREACHABLE' })
    await elsewhere.remove()
  })
})

describe('a site as microservices', () => {
  it('writes a topic once, for its user alone, whoever comes first, and never over one that is there', async () => {
    dht = own(await startTestDht())
    const meeting = { root: root.path, bootstrap: dht.bootstrap }
    await Promise.all(
      ['a', 'b', 'c'].map(async (rack) =>
        own(await startWorker(simulatedDriver, { ...meeting, rack, devices: [{ id: rack }] })),
      ),
    )
    const path = join(root.path, '.dht-topic')
    const topic = await readFile(path, 'utf8')
    expect(topic).toMatch(/^[0-9a-f]{64}$/)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const ork = own(await getOrk(meeting))
    expect(ork.topic).toBe(topic)
    expect(await readFile(path, 'utf8')).toBe(topic)
    expect((await readdir(root.path)).filter((name) => name.startsWith('.dht-topic'))).toEqual(['.dht-topic'])
    await waitForDiscovery(ork, { minWorkers: 3 })
    expect(ork.workers().map(({ state }) => state)).toEqual(['READY', 'READY', 'READY'])
  })

  it('registers nobody who is on another topic', async () => {
    const site = await openSite('microservices')
    await site.startWorker({ orkTopic: 'ef'.repeat(32) })
    expect(await waitForDiscovery(site.ork, 1_500)).toEqual([])
  })

  it('refuses a topic file that holds anything else', async () => {
    await writeFile(join(root.path, '.dht-topic'), 'a topic')
    await expect(getOrk({ root: root.path, bootstrap: ['127.0.0.1:1'] })).rejects.toThrow(
      'must hold 64 hexadecimal characters',
    )
  })
})

describe('admission by roster', () => {
  it('registers the workers of the roster and none besides', async () => {
    const [listed, other] = ['0a'.repeat(32), '0b'.repeat(32)] as const
    const probe = own(
      await startWorker(simulatedDriver, { root: root.path, discovery: { mode: 'local' }, seed: listed }),
    )
    const roster = [{ workerId: probe.workerId, publicKey: probe.publicKey, host: '127.0.0.1', port: 1 }]
    const site = await openSite('local', { admission: 'roster', roster })
    probe.setDevices([{ id: 'listed' }])
    await site.startWorker({ workerId: 'other', seed: other, devices: [{ id: 'other' }] })
    await waitForDiscovery(site.ork)
    expect(site.ork.workers()).toMatchObject([{ workerId: probe.workerId, devices: ['listed'], state: 'READY' }])
  })
})

describe('a worker that is closed', () => {
  it.each(['roster', 'topic'] as const)('answers the command under way first (admission by %s)', async (admission) => {
    const site = await openSite('single process', { admission, ...(admission === 'roster' && { roster: [] }) })
    const worker = await site.startWorker({ devices: [{ id: 'rack-1.slow', options: { fault: 'slow' } }] })
    await waitForDiscovery(site.ork)
    const client = await site.startClient()
    const ran = client.runCommand('rack-1.slow', 'reboot')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await worker.close()
    expect(await ran).toMatchObject({ kind: 'ok', value: { status: 'SUCCESS' } })
  })
})

describe('what cannot work is refused in words', () => {
  const here = () => ({ root: root.path })
  it.each<[string, () => Promise<unknown>, string]>([
    ['a topic without a DHT', () => getOrk({ ...here(), topic: 'ab'.repeat(32) }), 'knows no node of it'],
    ['a topic that is none', () => getOrk({ ...here(), topic: 'x', bootstrap: ['h:1'] }), 'needs a topic of 64'],
    [
      'a topic in a folder',
      () => getOrk({ ...here(), discovery: { mode: 'local' }, topic: 'ab'.repeat(32) }),
      'uses neither topic nor bootstrap',
    ],
    ['a roster that nobody reads', () => getOrk({ ...here(), roster: [] }), "admission: 'roster'"],
    ['admission by no roster', () => getOrk({ ...here(), admission: 'roster' }), 'has none'],
    ['upstream’s socket', () => getOrk({ ...here(), ...{ ipc: true } }), "no option 'ipc': there is no socket"],
    ['a worker nobody finds', () => startWorker(simulatedDriver, here()), 'nobody could find this worker'],
    [
      'a name that leads out of the folder',
      () => startWorker(simulatedDriver, { ...here(), discovery: { mode: 'local' }, workerId: '../../x' }),
      "cannot be a file's name",
    ],
    ['App Node without ORK', () => startAppNode(here()), 'finds no ORK'],
    ['a client without ORK', () => startClient(here()), 'startClient finds no ORK'],
    [
      'a client that knows a topic',
      () => startClient({ ...here(), bootstrap: ['h:1'], ...{ topic: 'ab'.repeat(32) } }),
      "no option 'topic': a topic is where workers are found",
    ],
    ['App Node without tokens', () => startAppNode({ ...here(), ...{ noAuth: true } }), 'there is no open mode'],
  ])('%s', async (_, start, sentence) => {
    await expect(start()).rejects.toThrow(sentence)
    expect(await readdir(root.path)).not.toContain('store')
  })
})
