import { randomUUID } from 'node:crypto'
import HyperDHT from 'hyperdht'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findLeaks } from '../../../test/secrets/find-leaks.ts'
import type { RosterWorker } from '../../src/contract/roster.ts'
import { openRpcChannel } from '../../src/net/rpc-channel.ts'
import { envelopesOf } from '../../src/protocol/envelope.ts'
import { encode } from '../../src/protocol/frames.ts'
import { newPair, ProcessSite, type SiteProcess, type SiteWorker, topic } from '../discovery/process-site.ts'
import type { StatusWatch } from '../discovery/status-watch.ts'
import { announceStrangers } from '../net/announce-strangers.ts'
import { startTestDht, type TestDht } from '../net/test-dht.ts'
import { readMetrics, residentBytes } from '../process/read-metrics.ts'
import { type GoodCaller, startGoodCaller } from './good-caller.ts'
import { Outsiders } from './outsiders.ts'
import { scriptedWorker } from './scripted-worker.ts'
import { type Caller, callerOver } from './test-site.ts'

// What people and programs do to an ORK that they may not, or may but shouldn't. All the while somebody else asks and is answered.

const patience = { timeout: 60_000 }

let dht: TestDht
let site: ProcessSite
let ork: SiteProcess
let status: StatusWatch
let workers: readonly [SiteWorker, SiteWorker]
let running: SiteProcess[]
let good: Caller
let outsiders: Outsiders
let goodCaller: GoodCaller
const friend = newPair()
const stamp = { newId: randomUUID, now: () => Date.now() }

beforeAll(async () => {
  dht = await startTestDht()
  site = await ProcessSite.open(dht.bootstrap, { logLevel: 'debug' })
  outsiders = new Outsiders(dht.bootstrap, site.ork.publicKey)
  workers = [await site.addWorker('w1', ['d1', 'd2']), await site.addWorker('w2', ['d3'])]
  await writeRoster()
  ;[ork, ...running] = await Promise.all([site.startOrk(), workers[0].start(), workers[1].start()])
  status = site.watch(ork)
  await untilBothReady()
  good = callerOver(await outsiders.dialOrk(site.appNode))
}, 120_000)
afterAll(async () => {
  status.close()
  await outsiders.close()
  await site.close()
  await dht.close()
})
beforeEach(() => {
  goodCaller = startGoodCaller(good)
})
afterEach(async () => {
  const { wrong, answers } = await goodCaller.stop()
  expect(wrong).toEqual([])
  expect(answers).toBeGreaterThan(0)
  await untilBothReady()
  expect(ork.child.exitCode).toBeNull()
})

/** The site as it should be, with workers that are more than they should be. */
function writeRoster(more: readonly RosterWorker[] = []): Promise<void> {
  const callers = [
    { name: 'app-node', publicKey: site.appNode.publicKey },
    { name: 'friend', publicKey: friend.publicKey },
  ]
  return site.writeRoster([...workers.map(({ entry }) => entry), ...more], callers)
}

const untilBothReady = () =>
  status.until('both workers are READY', (seen) => seen.isReady('w1') && seen.isReady('w2'), 60_000)

const problemOf = (workerId: string) => () => status.workers.get(workerId)?.problem

describe('callers', { timeout: 120_000 }, () => {
  test('one whose key is not listed sees that nobody answers, and ORK names it in its log', async () => {
    const unlisted = newPair()
    const node = await outsiders.join(unlisted)
    const dial = node.dial({ publicKey: site.ork.publicKey }, { timeoutMs: 3_000 })
    await expect(dial).rejects.toMatchObject({ failure: 'unreachable' })
    expect(ork.log()).toMatch(new RegExp(`${unlisted.publicKey}.*a caller that is not on the roster was turned away`))
  })

  test('one that dials another key than ORK has reaches nobody, at its address either', async () => {
    const node = await outsiders.join(friend)
    const dial = node.dial({ publicKey: newPair().publicKey, address: workers[0].entry }, { timeoutMs: 3_000 })
    await expect(dial).rejects.toMatchObject({ failure: 'unreachable' })
  })

  test('one that asks 10,000 times at once is answered each time, if only that it is too much', async () => {
    const caller = callerOver(await outsiders.dialOrk(friend))
    const kinds = new Map<string, number>()
    const ask = async (at: number) => {
      const reply = await (at % 2 === 0 ? caller.ask('worker.list') : caller.ask('state.pull', {}, 'd3'))
      const kind = typeof reply['error'] === 'string' ? reply['error'] : 'answered'
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
    await Promise.all(Array.from({ length: 10_000 }, (_, at) => ask(at)))
    const { answered = 0, ERR_QUEUE_FULL: refused = 0, ...others } = Object.fromEntries(kinds)
    expect(others).toEqual({})
    expect(answered).toBeGreaterThanOrEqual(5_000)
    expect(answered + refused).toBe(10_000)
  })

  test('one that opens 200 streams keeps none of them from being answered, nor anybody else', async () => {
    const node = await outsiders.join(friend)
    const links = await Promise.all(
      Array.from({ length: 200 }, () => node.dial({ publicKey: site.ork.publicKey }, { timeoutMs: 30_000 })),
    )
    const lists = await Promise.all(links.map((link) => callerOver(link).ask('worker.list')))
    expect(lists.filter(({ workers: list }) => Array.isArray(list))).toHaveLength(200)
    for (const link of links) link.close()
  })

  test('one that never reads what it asked for costs ORK no more memory than it is worth', async () => {
    const before = await residentBytes(ork.statusPort)
    const raw = new HyperDHT({ bootstrap: dht.bootstrap, firewalled: false })
    const serverKey = Buffer.from(site.ork.publicKey, 'hex')
    const stream = raw.connect(serverKey, { keyPair: HyperDHT.keyPair(Buffer.from(friend.seed, 'hex')) })
    const closed = new Promise<void>((resolve) => stream.on('close', () => resolve()))
    stream.on('error', () => undefined)
    const rpc = openRpcChannel(stream, serverKey)
    await stream.opened
    stream.pause()
    const frame = encode(envelopesOf('friend', stamp).toOrk('device.capabilities', {}, { deviceId: 'd1' }))
    for (let sent = 0; sent < 30_000; sent += 1) rpc.request(frame, 60_000).catch(() => undefined)
    await Promise.race([stream.flush(), closed])
    expect((await residentBytes(ork.statusPort)) - before).toBeLessThan(192 * 1024 * 1024)
    await raw.destroy({ force: true })
  })
})

describe('workers', { timeout: 240_000 }, () => {
  test('one that claims the name of another is not registered, and told what is wrong', async () => {
    const node = await outsiders.join(newPair())
    const impostor = await scriptedWorker(node, { workerId: 'w3', devices: ['d9'], orkKey: site.ork.publicKey })
    impostor.claimedId = 'w1'
    await writeRoster([{ workerId: 'w3', publicKey: node.publicKey, ...node.address }])
    await expect.poll(problemOf('w3'), patience).toMatch(/w1/)
    expect(status.workers.get('w3')).toMatchObject({ devices: [] })
    expect(status.workers.get('w3')?.state).not.toBe('READY')
    expect(status.workers.get('w1')?.publicKey).toBe(workers[0].entry.publicKey)
    await writeRoster()
    await status.until('w3 is gone', (seen) => !seen.workers.has('w3'))
  })

  test('one that claims the devices of another gets none of them, and ORK says whose they are', async () => {
    const node = await outsiders.join(newPair())
    const thief = await scriptedWorker(node, { workerId: 'w4', devices: ['d1', 'd9'], orkKey: site.ork.publicKey })
    await writeRoster([{ workerId: 'w4', publicKey: node.publicKey, ...node.address }])
    await expect.poll(problemOf('w4'), patience).toMatch(/it claims device d1, which worker w1 has/)
    expect(status.workers.get('w4')?.devices).toEqual(['d9'])
    const { metrics } = await good.ask('telemetry.pull', { query: { type: 'metrics' } }, 'd1')
    expect(metrics).toBeTypeOf('object')
    expect(thief.asked.get('telemetry.pull')).toBeUndefined()
    await writeRoster()
    await status.until('w4 is gone', (seen) => !seen.workers.has('w4'))
  })

  test('one whose process has another key than the roster says is missed, and shown as a stranger', async () => {
    const other = await site.addWorker('w5', ['d8'])
    const process = await other.start()
    await writeRoster([{ ...other.entry, publicKey: newPair().publicKey }])
    await expect.poll(problemOf('w5'), patience).toMatch(/^no answer at/)
    await status.until('it is a stranger', ({ strangers }) => strangers.includes(other.entry.publicKey), 60_000)
    await process.end('SIGKILL')
    await writeRoster()
    await status.until('w5 is gone', (seen) => !seen.workers.has('w5'))
  })

  // Their records stay on the DHT for a while and hide others that announce, so they come last.
  test('500 strangers that announce the topic are shown, not registered, and keep no worker from being found', async () => {
    const strangers = await announceStrangers({ bootstrap: dht.bootstrap, topic, count: 500, handingOff: 30 })
    const anyShown = (shown: readonly string[]) => shown.some((key) => strangers.handedOff.includes(key))
    await running[1]!.end('SIGKILL')
    await status.until('w2 is missed', (seen) => !seen.isReady('w2'), 60_000)
    await status.until('some strangers show', (seen) => anyShown(seen.strangers), 60_000)
    running[1] = await workers[1].start()
    await untilBothReady()
    expect([...status.workers.keys()].sort()).toEqual(['w1', 'w2'])
    expect(await readMetrics(ork.statusPort)).toMatch(/^mdk_ork_strangers [1-9]/m)
    await strangers.close()
  })
})

test('no secret of the site is in a log or a metric', async () => {
  const processes = [ork, ...running]
  const readable = await Promise.all(
    processes.flatMap((process, at) => [
      Promise.resolve({ place: `the log of ${at}`, text: process.log() }),
      readMetrics(process.statusPort).then((text) => ({ place: `the metrics of ${at}`, text })),
    ]),
  )
  expect(readable.every(({ text }) => text.length > 1_000)).toBe(true)
  expect(findLeaks(site.secrets(), readable)).toEqual([])
})
