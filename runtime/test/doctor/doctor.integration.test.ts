import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { formatRoster } from '../../src/contract/roster.ts'
import { adminToken, newPair, ProcessSite, type SiteProcess, topic } from '../discovery/process-site.ts'
import { loopback, startTestDht, type TestDht } from '../net/test-dht.ts'
import { examineWith, runMdk } from './run-doctor.ts'

let dht: TestDht
let site: ProcessSite
let ork: SiteProcess
let worker: SiteProcess
let appNode: SiteProcess
let node: SiteProcess
let orkStatus: string
const sockets: Socket[] = []

/** A site in which all is well. */
beforeAll(async () => {
  dht = await startTestDht()
  site = await ProcessSite.open(dht.bootstrap)
  const added = await site.addWorker('w1', ['d1'])
  await site.writeRoster([added.entry], [{ name: 'app-node', publicKey: site.appNode.publicKey }])
  ;[ork, worker, appNode, node] = await Promise.all([
    site.startOrk(),
    added.start(),
    site.startAppNode(),
    site.startDht(),
  ])
  orkStatus = `${loopback}:${ork.statusPort}`
  for (const name of ['w1', 'app-node']) await site.writeDiscovery(name, { orkStatus })
  const watch = site.watch(ork)
  await watch.until('the worker is ready', () => watch.isReady('w1'))
  watch.close()
})
afterAll(async () => {
  await site.close()
  await dht.close()
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close()
})

/** The same process, with its files as somebody else sees them: changes of these leave the process in peace. */
async function seenWith(running: SiteProcess, name: string): Promise<SiteProcess['env']> {
  return { ...running.env, MDK_CONFIG_DIR: await site.copyFiles(name, `${name}-seen`) }
}

/** Addresses at which packets arrive and nobody answers, as behind a firewall that drops them. */
async function silentNodes(): Promise<string[]> {
  const silent = [createSocket('udp4'), createSocket('udp4'), createSocket('udp4')]
  for (const socket of silent) {
    socket.bind(0, loopback)
    await once(socket, 'listening')
    sockets.push(socket)
  }
  return silent.map((socket) => `${loopback}:${socket.address().port}`)
}

describe('the doctor beside processes of a site in which all is well', () => {
  test('finds no problem, names each check, and tells neither topic nor token nor seed', async () => {
    for (const running of [ork, worker, appNode, node]) {
      await expect.poll(async () => (await examineWith(running.env)).diagnosis, { timeout: 20_000 }).toBeNull()
      const { exitCode, healthy, printed } = await examineWith(running.env)
      expect({ exitCode, healthy }).toEqual({ exitCode: 0, healthy: true })
      for (const secret of [topic, adminToken, site.ork.seed]) expect(printed).not.toContain(secret)
    }
    const { checks } = await examineWith(worker.env)
    expect(checks.map(({ name, result }) => `${name} ${result}`)).toEqual([
      'files ok',
      'key ok',
      'topic ok',
      'ork-key ok',
      'names ok',
      'udp ok',
      'announced ok',
      'topic-lookup ok',
      'ork ok',
      'joined ok',
      'other-files ok',
      'clock ok',
    ])
  })

  test('is a command that prints for people and ends with 0, and leaves the process alone', async () => {
    const watch = site.watch(ork)
    await watch.until('the status is read', () => watch.isReady('w1'))
    const lines = watch.lines
    const { exitCode, stdout } = await runMdk(['doctor'], ork.env)
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^ok {7}the mounted files can be used\n[^]*\nno problem found\n$/)
    expect(watch.lines).toBe(lines)
    watch.close()
  })

  test('ends with 2 without the environment of a process, and with a command that there is not', async () => {
    const { exitCode, stderr } = await runMdk(['doctor'], { PATH: process.env['PATH'] })
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('environment variable SERVICE is not set')])
    const other = await runMdk(['cure'], ork.env)
    expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining('mdk doctor')])
  })
})

describe('the doctor names the cause, not its consequences', () => {
  test('no packet of the DHT nodes comes back: BootstrapSilent, and what depends on it is not tried', async () => {
    const env = await seenWith(ork, 'ork')
    const bootstrap = await silentNodes()
    await site.writeDiscovery('ork-seen', { bootstrap })
    const { exitCode, diagnosis, checks } = await examineWith(env)
    expect(exitCode).toBe(1)
    expect(diagnosis?.cause).toBe(
      `0 of 3 DHT nodes answer over UDP, although their names resolve; silent: ${bootstrap.join(', ')}`,
    )
    expect(checks.filter(({ result }) => result === 'failed').map(({ name }) => name)).toEqual(['udp'])
    expect(checks.find(({ name }) => name === 'workers')?.why).toBe('the DHT nodes answer over UDP: that is not so')
  })

  test('one DHT node of three is away: no problem, since two know everybody', async () => {
    const env = await seenWith(ork, 'ork')
    const [silent = ''] = await silentNodes()
    await site.writeDiscovery('ork-seen', { bootstrap: [...dht.bootstrap.slice(0, 2), silent] })
    expect((await examineWith(env)).diagnosis).toBeNull()
  })

  test('something between rewrites addresses: BootstrapDisguised', async () => {
    const env = await seenWith(ork, 'ork')
    await site.writeDiscovery('ork-seen', { bootstrap: [await relayTo(dht.bootstrap[0] ?? '')] })
    expect((await examineWith(env)).diagnosis?.code).toBe('BootstrapDisguised')
  })

  test('no DHT node is listed: BootstrapUnlisted; names that nobody has: one of the name diagnoses', async () => {
    const env = await seenWith(ork, 'ork')
    await site.writeDiscovery('ork-seen', { bootstrap: [] })
    expect((await examineWith(env)).diagnosis?.code).toBe('BootstrapUnlisted')
    await site.writeDiscovery('ork-seen', { bootstrap: ['dht-0.invalid:49737', 'dht-1.invalid:49737'] })
    // Which of the two depends on whether this machine has a name server.
    expect((await examineWith(env)).diagnosis?.code).toMatch(/^(BootstrapUnresolved|DnsDown)$/)
  })

  test('DHT nodes that do not know the process: AnnounceInvisible', async () => {
    const env = await seenWith(ork, 'ork')
    const other = await startTestDht()
    try {
      await site.writeDiscovery('ork-seen', { bootstrap: other.bootstrap })
      expect((await examineWith(env)).diagnosis?.code).toBe('AnnounceInvisible')
    } finally {
      await other.close()
    }
  })

  test('another topic than the one of the site: TopicDiffers, with hashes and no topic', async () => {
    const env = await seenWith(worker, 'w1')
    await site.write('w1-seen', 'topic', { topic: 'ee'.repeat(32) })
    const { diagnosis, printed } = await examineWith(env)
    expect(diagnosis?.code).toBe('TopicDiffers')
    expect(printed).not.toMatch(/(ee){32}|(cd){32}/)
  })

  test('a topic that the process does not announce, where nobody says which it should: TopicInvisible', async () => {
    const env = await seenWith(worker, 'w1')
    await site.write('w1-seen', 'topic', { topic: 'ee'.repeat(32) })
    await site.writeDiscovery('w1-seen', { topicHash: undefined })
    expect((await examineWith(env)).diagnosis?.code).toBe('TopicInvisible')
  })

  test('discovery.json names another ORK key: ORK, and whoever can ask it, say OrkKeyDiffers', async () => {
    const orkPublicKey = newPair().publicKey
    for (const [running, name] of [[ork, 'ork'] as const, [worker, 'w1'] as const, [appNode, 'app-node'] as const]) {
      const env = await seenWith(running, name)
      await site.writeDiscovery(`${name}-seen`, { orkPublicKey, orkStatus })
      expect((await examineWith(env)).diagnosis?.cause).toBe(
        `discovery.json names ${orkPublicKey} as the key of ORK, and ORK runs under ${site.ork.publicKey}`,
      )
    }
  })

  test('a key that nobody announces, of an ORK that cannot be asked: OrkAbsent; no key: OrkKeyUndeclared', async () => {
    const env = await seenWith(worker, 'w1')
    await site.writeDiscovery('w1-seen', { orkPublicKey: newPair().publicKey })
    expect((await examineWith(env)).diagnosis?.code).toBe('OrkAbsent')
    await site.writeDiscovery('w1-seen', { orkPublicKey: null })
    expect((await examineWith(env)).diagnosis?.code).toBe('OrkKeyUndeclared')
  })

  test('a key on file that is not the one that runs: KeyFileDiffers; one that cannot be used: FileUnusable', async () => {
    const env = await seenWith(ork, 'ork')
    const other = newPair()
    await site.write('ork-seen', 'key', { seed: other.seed })
    const { diagnosis, printed } = await examineWith(env)
    expect(diagnosis).toMatchObject({ code: 'KeyFileDiffers', about: 'process' })
    expect(printed).not.toContain(other.seed)
    await site.write('ork-seen', 'key', { seed: 'short' })
    expect((await examineWith(env)).diagnosis?.code).toBe('FileUnusable')
  })

  test('a device list that cannot be used: FileIgnored', async () => {
    const env = await seenWith(worker, 'w1')
    await site.write('w1-seen', 'devices', { 'devices.json': '{"version":1' })
    const { diagnosis } = await examineWith(env)
    expect(diagnosis).toMatchObject({ code: 'FileIgnored', about: 'process' })
    expect(diagnosis?.cause).toContain('the mounted folder devices cannot be used')
  })

  test('a state folder that is not there: StoreUnwritable', async () => {
    const { diagnosis } = await examineWith({ ...ork.env, MDK_STATE_DIR: '/nowhere' })
    expect(diagnosis?.cause).toBe('the state folder /nowhere cannot be written (ENOENT)')
  })

  test('workers that have no address, do not answer, or do not let ORK in are told apart', async () => {
    const env = await seenWith(ork, 'ork')
    const [silent = ''] = await silentNodes()
    const entry = { workerId: 'w2', publicKey: newPair().publicKey, host: loopback }
    const roster = [
      { code: 'WorkerRefusing', port: Number(worker.env['DHT_PORT']), host: loopback },
      { code: 'WorkerSilent', port: Number(silent.split(':')[1]), host: loopback },
      { code: 'WorkerAbsent', port: 49737, host: 'nowhere.invalid' },
    ]
    for (const { code, host, port } of roster) {
      await site.write('ork-seen', 'roster', { 'roster.json': formatRoster([{ ...entry, host, port }], []) })
      const { diagnosis } = await examineWith(env)
      expect(diagnosis).toMatchObject({ code, about: 'peer', cause: expect.stringMatching(/: w2$/) as unknown })
    }
  })
})

/** A door to a DHT node at an address that isn't its own, as a ClusterIP is. */
async function relayTo(address: string): Promise<string> {
  const [host = '', port = ''] = address.split(':')
  const outside = createSocket('udp4')
  sockets.push(outside)
  outside.on('message', (message, from) => {
    const inside = createSocket('udp4')
    inside.on('message', (answer) => {
      outside.send(answer, from.port, from.address)
      inside.close()
    })
    inside.send(message, Number(port), host)
  })
  outside.bind(0, loopback)
  await once(outside, 'listening')
  return `${loopback}:${outside.address().port}`
}
