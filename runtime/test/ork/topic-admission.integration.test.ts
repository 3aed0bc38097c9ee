import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { WorkerStatus } from '../../src/contract/status.ts'
import { newPair, ProcessSite, type SiteProcess, type SiteWorker, topic } from '../discovery/process-site.ts'
import { announceStrangers } from '../net/announce-strangers.ts'
import { startTestDht, type TestDht } from '../net/test-dht.ts'
import { type GoodCaller, startGoodCaller } from './good-caller.ts'
import { Outsiders } from './outsiders.ts'
import { scriptedWorker } from './scripted-worker.ts'
import { startTopicOrk, type TopicOrk } from './start-topic-ork.ts'
import { type Caller, callerOver } from './test-site.ts'

// What may come where whoever announces the topic is a worker. All the while somebody else asks and is answered.

const patience = { timeout: 60_000, interval: 100 }

let dht: TestDht
let site: ProcessSite
let ork: TopicOrk
let workers: readonly [SiteWorker, SiteWorker]
let running: SiteProcess[]
let good: Caller
let outsiders: Outsiders
let goodCaller: GoodCaller
const friend = newPair()

beforeAll(async () => {
  dht = await startTestDht()
  site = await ProcessSite.open(dht.bootstrap)
  outsiders = new Outsiders(dht.bootstrap, site.ork.publicKey)
  workers = [await site.addWorker('w1', ['d1', 'd2']), await site.addWorker('w2', ['d3'])]
  running = await Promise.all(workers.map((worker) => worker.start()))
  ork = startTopicOrk({
    root: site.orkStatePath,
    seed: site.ork.seed,
    topic,
    bootstrap: dht.bootstrap,
    allowedCallers: [friend.publicKey],
  })
  await untilBothReady()
  good = callerOver(await outsiders.dialOrk(friend))
}, 120_000)
afterAll(async () => {
  await outsiders.close()
  await ork.end()
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
})

async function statusOf(workerId: string): Promise<WorkerStatus | undefined> {
  return (await ork.report()).workers.find((worker) => worker.workerId === workerId)
}

const isServing = { state: 'READY', health: 'HEALTHY', problem: null }
async function untilBothReady(): Promise<void> {
  for (const { workerId, entry } of workers) {
    const serves = { ...isServing, publicKey: entry.publicKey }
    await vi.waitFor(async () => expect(await statusOf(workerId)).toMatchObject(serves), patience)
  }
}

/** A process of its own key that calls itself by this name. */
async function announcing(workerId: string, devices: string[]) {
  const node = await outsiders.join(newPair())
  const worker = await scriptedWorker(node, { workerId, devices, orkKey: site.ork.publicKey })
  worker.announce(topic)
  return { node, worker }
}

test('a caller whose key is not listed sees that nobody answers, and ORK names it in its log', async () => {
  const unlisted = newPair()
  const node = await outsiders.join(unlisted)
  const dial = node.dial({ publicKey: site.ork.publicKey }, { timeoutMs: 3_000 })
  await expect(dial).rejects.toMatchObject({ failure: 'unreachable' })
  expect(ork.log()).toMatch(new RegExp(`${unlisted.publicKey}.*a caller that is not on the roster was turned away`))
})

test('a worker that claims the name of another is refused, both are told, and all is well when it is gone', async () => {
  const { node, worker } = await announcing('w1', ['d9'])
  const sentence = `the process with the key ${node.publicKey} calls itself by its name and is refused; end one of the two`
  await expect.poll(() => statusOf('w1'), patience).toMatchObject({ problem: sentence })
  expect(await statusOf('w1')).toMatchObject({ devices: ['d1', 'd2'], publicKey: workers[0].entry.publicKey })
  const refusal = new RegExp(`${node.publicKey}.*it calls itself 'w1'.*a process that announces itself is not admitted`)
  expect(ork.log()).toMatch(refusal)
  expect((await ork.report()).metrics).toMatch(/^mdk_ork_strangers 1$/m)
  expect([...worker.asked.keys()]).toEqual(['identity.request'])
  await node.close()
})

test('a worker that claims the devices of another gets its own alone, and ORK says whose they are', async () => {
  const { node, worker } = await announcing('w3', ['d1', 'd9'])
  const sentence = 'it claims device d1, which worker w1 has; take it off one of the two'
  await expect
    .poll(() => statusOf('w3'), patience)
    .toMatchObject({ state: 'READY', devices: ['d9'], problem: sentence })
  const { metrics } = await good.ask('telemetry.pull', { query: { type: 'metrics' } }, 'd1')
  expect(metrics).toBeTypeOf('object')
  expect(worker.asked.get('telemetry.pull')).toBeUndefined()
  await node.close()
  await good.ask('worker.terminate', { workerId: 'w3' })
  await expect.poll(() => statusOf('w3'), patience).toBeUndefined()
})

// Their records stay on the DHT for a while and hide others that announce, so they come last.
test('500 strangers that announce the topic are shown, not registered, and keep no worker from being found', async () => {
  const strangers = await announceStrangers({ bootstrap: dht.bootstrap, topic, count: 500, handingOff: 30 })
  const told = () => strangers.handedOff.filter((publicKey) => ork.log().includes(publicKey)).length
  await expect.poll(told, patience).toBeGreaterThan(1)
  expect((await ork.report()).metrics).toMatch(/^mdk_ork_strangers ([2-9]|\d\d)/m)
  await running[1]!.end('SIGKILL')
  await expect.poll(async () => (await statusOf('w2'))?.health, patience).not.toBe('HEALTHY')
  running[1] = await workers[1].start()
  const { node } = await announcing('w4', ['d4'])
  await expect
    .poll(() => statusOf('w4'), { ...patience, timeout: 120_000 })
    .toMatchObject({ ...isServing, publicKey: node.publicKey })
  await untilBothReady()
  expect((await ork.report()).workers.map(({ workerId }) => workerId)).toEqual(['w1', 'w2', 'w4'])
  await strangers.close()
}, 240_000)
