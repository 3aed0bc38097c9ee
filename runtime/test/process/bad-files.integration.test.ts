// Files that can't be used, in real processes: at start, and swapped in while they run.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type DeviceEntry, formatDeviceList } from '../../src/contract/device-list.ts'
import { formatDiscovery } from '../../src/contract/discovery-file.ts'
import type { Folder } from '../../src/contract/file-layout.ts'
import { keyPairOfSeed } from '../../src/contract/key-pair.ts'
import { formatRoster } from '../../src/contract/roster.ts'
import { formatSettings } from '../../src/contract/settings.ts'
import { formatSiteWorkers } from '../../src/contract/site-workers.ts'
import { projectFiles, temporaryFolder } from './projected-folder.ts'
import { type RuntimeProcess, startProcess, statusPortOf } from './runtime-process.ts'

const pair = keyPairOfSeed('09'.repeat(32))
const topic = 'be'.repeat(32)
const adminToken = 'an-admin-token-of-a-test'
const password = 'a-password-of-a-miner'
const [read, command] = ['a-token-that-may-read', 'a-token-that-may-command']
const ork = keyPairOfSeed('0a'.repeat(32)).publicKey

const device = (id: string, more: object = {}): DeviceEntry & object => ({
  ...{ id, driver: 'simulated', model: null, address: null, port: null, options: {}, credentials: { password } },
  ...more,
})
const listOf = (...devices: object[]) => JSON.stringify({ version: 1, devices })
const devices = formatDeviceList([device('r.a'), device('r.b')])
const entry = (workerId: string, publicKey = ork) => ({ workerId, publicKey, host: 'h', port: 49_737 })
const roster = formatRoster([entry('w-1')], [])
const rosterOf = (...workers: object[]) => JSON.stringify({ version: 1, workers, callers: [] })
const discovery = formatDiscovery(ork, ['127.0.0.1:9'])
const discoveryOf = (fields: object) => JSON.stringify({ version: 1, orkPublicKey: ork, bootstrap: [], ...fields })

/** What is written, the reason in the log, and what the sentence says. */
type Row = readonly [title: string, files: Readonly<Record<string, string>>, reason: string, says: string | RegExp]

const broken = (file: string, reason: string): Row[] => [
  ['empty', { [file]: '' }, reason, `${file} is empty`],
  ['cut short', { [file]: '{"version":1,"dev' }, reason, `${file} is not JSON, or was cut short`],
  [
    'of a later version',
    { [file]: '{"version":2}' },
    reason,
    `${file} is of version 2, and this release reads version 1`,
  ],
  ['of no version', { [file]: '{}' }, reason, `${file} can't be used: version: `],
  ['a list', { [file]: '[]' }, reason, `${file} can't be used: the whole: `],
  ['binary', { [file]: '\u0000\u0001\ufffd' }, reason, `${file} is not JSON`],
  ['larger than any that is written', { [file]: ' '.repeat(17 * 2 ** 20) }, 'FileTooLarge', 'is larger than 16 MiB'],
  ['gone', { other: '' }, 'FileMissing', `has no ${file}; mount it there`],
]

const deviceRows: readonly Row[] = [
  ...broken('devices.json', 'DeviceListMalformed'),
  [
    'with a device twice',
    { 'devices.json': listOf(device('r.a'), device('r.a')) },
    'DeviceListMalformed',
    'names the device r.a twice',
  ],
  [
    'with a port as text',
    { 'devices.json': listOf(device('r.a', { port: '4028' })) },
    'DeviceListMalformed',
    'devices[0].port: ',
  ],
  [
    'with a port out of range',
    { 'devices.json': listOf(device('r.a'), device('r.b', { port: 0 })) },
    'DeviceListMalformed',
    'devices[1].port: ',
  ],
  ['with an empty id', { 'devices.json': listOf(device('')) }, 'DeviceListMalformed', 'devices[0].id: '],
  [
    'without a driver',
    { 'devices.json': listOf(device('r.a', { driver: undefined })) },
    'DeviceListMalformed',
    'devices[0].driver: ',
  ],
]
const rosterRows: readonly Row[] = [
  ...broken('roster.json', 'RosterMalformed'),
  [
    'with a worker twice',
    { 'roster.json': rosterOf(entry('w-1'), entry('w-1', pair.publicKey)) },
    'RosterMalformed',
    'names the worker w-1 twice',
  ],
  [
    'with one key twice',
    { 'roster.json': rosterOf(entry('w-1'), entry('w-2')) },
    'RosterMalformed',
    'two workers the public key',
  ],
  [
    'with a key in upper case',
    { 'roster.json': rosterOf(entry('w-1', ork.toUpperCase())) },
    'RosterMalformed',
    'workers[0].publicKey: must be 64 hexadecimal',
  ],
]
const discoveryRows: readonly Row[] = [
  ...broken('discovery.json', 'DiscoveryMalformed'),
  [
    'with half a key',
    { 'discovery.json': discoveryOf({ orkPublicKey: ork.slice(32) }) },
    'DiscoveryMalformed',
    'orkPublicKey: must be 64',
  ],
  [
    'with a node without a port',
    { 'discovery.json': discoveryOf({ bootstrap: ['dht-0'] }) },
    'DiscoveryMalformed',
    'bootstrap[0]: must be a host and a port',
  ],
  [
    'with port 0',
    { 'discovery.json': discoveryOf({ bootstrap: ['dht-0:0'] }) },
    'DiscoveryMalformed',
    'bootstrap[0]: must be a host and a port',
  ],
]
const topicRows: readonly Row[] = [
  ['empty', { topic: '' }, 'TopicMalformed', 'it is empty'],
  ['in upper case', { topic: topic.toUpperCase() }, 'TopicMalformed', 'it is in upper case'],
  ['too short', { topic: topic.slice(1) }, 'TopicMalformed', 'must hold 64'],
  ['gone', { other: '' }, 'FileMissing', 'has no topic; mount it there'],
]
const tokenRows: readonly Row[] = [
  ['empty', { read: '', command: '' }, 'TokensMalformed', "key 'command' is empty"],
  ['without one to command', { read }, 'TokensMalformed', "key 'command' is empty or missing"],
  ['too short', { read: 'short', command }, 'TokensMalformed', "key 'read' must hold one token a line"],
  ['the same for both', { read: `${read}\n${command}`, command }, 'TokensMalformed', "under both 'read' and 'command'"],
  ['gone', { other: '' }, 'FileMissing', 'has no read or command; mount it there'],
]
/** Without the file all is well. */
const settingsRows: readonly Row[] = [
  ...broken('settings.json', 'SettingsMalformed').filter(([title]) => title !== 'gone'),
  [
    'with a ping too often',
    { 'settings.json': formatSettings({ cadences: { healthPingMs: 199 } }) },
    'SettingsMalformed',
    'cadences.healthPingMs: ',
  ],
  [
    'with what can be set at start only',
    { 'settings.json': '{"version":1,"commands":{"durability":"powerLoss"}}' },
    'SettingsMalformed',
    'commands: Unrecognized key: "durability"',
  ],
]

const siteWorker = { workerId: 'w-1', driver: 'simulated', model: null, seed: pair.seed, devices: [device('r.a')] }
const workerRows: readonly Row[] = [
  ...broken('workers.json', 'WorkersMalformed'),
  [
    'with a worker twice',
    { 'workers.json': formatSiteWorkers([siteWorker, { ...siteWorker, devices: [] }]) },
    'WorkersMalformed',
    'names the worker w-1 twice',
  ],
]

interface Program {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
  /** The good files of each folder. */
  readonly good: Partial<Readonly<Record<Folder, Readonly<Record<string, string>>>>>
  readonly bad: Partial<Readonly<Record<Folder, readonly Row[]>>>
}

const common = { DHT_PORT: '0', STATUS_PORT: '0', PORT: '0' }
const programs: readonly Program[] = [
  {
    name: 'a worker',
    env: { ...common, SERVICE: 'worker', WORKER: 'simulated', RACK: 'r' },
    good: { devices: { 'devices.json': devices }, topic: { topic }, discovery: { 'discovery.json': discovery } },
    bad: { devices: deviceRows, topic: topicRows, discovery: discoveryRows },
  },
  {
    name: 'ORK',
    env: { ...common, SERVICE: 'ork' },
    good: {
      roster: { 'roster.json': roster },
      topic: { topic },
      discovery: { 'discovery.json': discovery },
      settings: { 'settings.json': formatSettings({ commands: { maxQueued: 100 } }) },
    },
    bad: { roster: rosterRows, topic: topicRows, discovery: discoveryRows, settings: settingsRows },
  },
  {
    name: 'a site',
    env: { ...common, SERVICE: 'site' },
    good: {
      workers: { 'workers.json': formatSiteWorkers([{ ...siteWorker, seed: '0b'.repeat(32) }]) },
      tokens: { read, command },
    },
    bad: { workers: workerRows, tokens: tokenRows },
  },
  {
    name: 'App Node',
    env: { ...common, SERVICE: 'app-node' },
    good: { tokens: { read, command }, discovery: { 'discovery.json': discovery } },
    bad: { tokens: tokenRows, discovery: discoveryRows },
  },
]

const slow = { timeout: 30_000, interval: 20 }

/** A process on folders of its own. */
class Site {
  readonly #root: string
  readonly process: RuntimeProcess

  constructor(root: string, env: Readonly<Record<string, string>>) {
    this.#root = root
    this.process = startProcess(root, env)
  }

  write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
    return projectFiles(join(this.#root, folder), files)
  }

  /** Resolves with the next line about the folder that comes after what was logged when `act` was called. */
  async logs(folder: string, act: () => Promise<void>): Promise<Record<string, unknown>> {
    const { lines } = this.process
    const before = lines.length
    await act()
    return vi.waitFor(() => {
      const found = lines.slice(before).find((line) => line['folder'] === folder)
      expect(found).toBeDefined()
      return found!
    }, slow)
  }

  async hashes(): Promise<Readonly<Record<string, string | null>>> {
    const url = `http://127.0.0.1:${await statusPortOf(this.process)}/v1/status`
    const answer = await fetch(url, { headers: { authorization: `Bearer ${adminToken}` } })
    return ((await answer.json()) as { files: Record<string, string | null> }).files
  }

  async isReady(): Promise<boolean> {
    const url = `http://127.0.0.1:${await statusPortOf(this.process)}/readyz`
    return fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
  }
}

describe.each(programs)('$name', ({ env, good, bad }) => {
  const rows = Object.entries(bad).flatMap(([folder, table]) =>
    table.map(([title, files, reason, says]) => ({ folder: folder as Folder, title, files, reason, says })),
  )
  let root: Awaited<ReturnType<typeof temporaryFolder>>
  let site: Site
  beforeAll(async () => {
    root = await temporaryFolder()
    await projectFiles(join(root.path, 'key'), { seed: pair.seed })
    await projectFiles(join(root.path, 'admin'), { token: adminToken })
    for (const { folder, files } of rows) await projectFiles(join(root.path, folder), files)
    site = new Site(root.path, env)
  })
  afterAll(async () => {
    site.process.child.kill('SIGKILL')
    await site.process.ended
    await root.remove()
  })

  it('starts with every file unusable, is ready, and takes each as soon as it is mended', async () => {
    await vi.waitFor(async () => expect(await site.isReady()).toBe(true), slow)
    const told = site.process.lines.filter(({ msg }) => msg === 'files cannot be used as they are')
    expect(told.map(({ folder }) => folder).sort()).toEqual(Object.keys(good).sort())
    for (const [folder, files] of Object.entries(good)) {
      expect(await site.logs(folder, () => site.write(folder, files))).toMatchObject({ msg: 'files read' })
    }
    await vi.waitFor(async () => expect(Object.values(await site.hashes())).not.toContain(null), slow)
  })

  it.each(rows)('says of $folder that is $title: $says, and goes on', async ({ folder, files, reason, says }) => {
    const before = await site.hashes()
    const line = await site.logs(folder, () => site.write(folder, files))
    expect(line).toMatchObject({ level: 'warn', msg: 'files cannot be used as they are', code: reason })
    expect(line['problem']).toMatch(says)
    // Tokens that can't be used admit nobody; of everything else the last good version stays in use.
    if (folder !== 'tokens') expect(await site.hashes()).toEqual(before)
    expect(await site.isReady()).toBe(true)
    const mended = await site.logs(folder, () => site.write(folder, good[folder]!))
    expect(mended).toMatchObject({ msg: 'files read' })
    await vi.waitFor(async () => expect(await site.hashes()).toEqual(before), slow)
  })

  it('has run all the time as one process, and has shown no secret', () => {
    const { child, lines } = site.process
    expect(child.exitCode).toBeNull()
    const log = JSON.stringify(lines)
    for (const secret of [pair.seed, topic, adminToken, password, read, command]) {
      expect(log.toLowerCase()).not.toContain(secret)
    }
  })
})

describe('a key that cannot be used', () => {
  const pem = '-----BEGIN PRIVATE KEY-----'
  it.concurrent.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['missing', {}, 'it holds none of the keys'],
    ['without its secret half', { publicKey: pair.publicKey }, 'it holds a publicKey alone'],
    ['in upper case', { seed: 'AB'.repeat(32) }, 'it is in upper case'],
    ['of zeros', { seed: '0'.repeat(64) }, 'it holds zeros only'],
    ['of two pairs', { seed: pair.seed, publicKey: ork }, 'do not belong together'],
    ['in PEM', { seed: pem }, "key 'seed' must hold 64"],
  ])('that is %s ends the process with 2 and one line that says why: %s', async (_, files, says) => {
    const root = await temporaryFolder()
    await projectFiles(join(root.path, 'key'), files)
    const { lines, ended } = startProcess(root.path, { ...common, SERVICE: 'app-node' })
    expect(await ended).toBe(2)
    await root.remove()
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: 'fatal' })
    expect(lines[0]?.['problem']).toContain(says)
    for (const value of [files['seed'], pair.seed].filter((text) => text !== undefined)) {
      expect(JSON.stringify(lines)).not.toContain(value)
    }
  })
})
