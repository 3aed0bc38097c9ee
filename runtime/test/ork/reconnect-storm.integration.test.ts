import { beforeAll, expect, test } from 'vitest'
import type { KeyPair } from '../../src/contract/key-pair.ts'
import { type ManualClock, manualClock } from '../../src/machine/manual-clock.ts'
import { type MemoryNetwork, memoryNetwork } from '../../src/net/memory-network.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import type { Store } from '../../src/storage/store.ts'
import { openMemoryStore } from '../storage/memory-store.ts'
import type { ScriptedWorker } from './scripted-worker.ts'
import { entryOf, pairOf, rosterOf, startScripted, TestSite, topic } from './test-site.ts'

// By a manual clock and by counts: what a storm costs is told by the benchmark, that nothing in it grows with its square by this.
const workerCount = 1_000
const devicesEach = 100

let clock: ManualClock
let network: MemoryNetwork
let workers: ScriptedWorker[]
let nodes: NetworkNode[]
beforeAll(async () => {
  clock = manualClock()
  network = memoryNetwork(clock)
  nodes = Array.from({ length: workerCount }, (_, index) => network.join(pairOf(`worker ${index}`)))
  workers = await Promise.all(
    nodes.map((node, index) => {
      const name = `w${String(index).padStart(4, '0')}`
      return startScripted(
        node,
        name,
        Array.from({ length: devicesEach }, (_, device) => `${name}.${device}`),
      )
    }),
  )
})

/** What ORK did since it was started. */
interface Counts {
  dials: number
  /** The most that were under way at once. */
  dialsAtOnce: number
  writes: number
  published: number
}

async function startOrk(store: Store, admission: 'roster' | 'topic'): Promise<{ site: TestSite; counts: Counts }> {
  for (const worker of workers) worker.asked.clear()
  const counts = { dials: 0, dialsAtOnce: 0, writes: 0, published: 0 }
  const roster = rosterOf(
    admission === 'topic' ? [] : workers.map(({ workerId }, index) => entryOf(nodes[index]!, workerId)),
  )
  const join = (identity: KeyPair) => countingDials(network.join(identity), counts)
  const site = new TestSite({ join, store: countingWrites(store, counts), clock, roster, admission })
  site.onWorker = () => {
    counts.published += 1
  }
  await site.start()
  return { site, counts }
}

function countingDials(node: NetworkNode, counts: Counts): NetworkNode {
  let underWay = 0
  const dial: NetworkNode['dial'] = async (peer, options) => {
    counts.dials += 1
    underWay += 1
    counts.dialsAtOnce = Math.max(counts.dialsAtOnce, underWay)
    // Longer than nothing, so that dials are under way together.
    await clock.sleep(5)
    return node.dial(peer, options).finally(() => (underWay -= 1))
  }
  return Object.assign(Object.create(node) as NetworkNode, { dial })
}

function countingWrites(store: Store, counts: Counts): Store {
  const count = <Args extends unknown[]>(write: (...args: Args) => Promise<void>) => {
    return (...args: Args) => {
      counts.writes += 1
      return write(...args)
    }
  }
  return {
    ...store,
    put: count((key: string, value: unknown) => store.put(key, value)),
    del: count((key: string) => store.del(key)),
    batch: count((changes) => store.batch(changes)),
    sub: (name) => countingWrites(store.sub(name), counts),
  }
}

async function untilAllReady(site: TestSite): Promise<void> {
  const isReady = () =>
    site.statuses.size === workerCount && [...site.statuses.values()].every(({ state }) => state === 'READY')
  for (let steps = 0; steps < 100 && !isReady(); steps += 1) await clock.advance(50)
  expect(isReady()).toBe(true)
}

async function close(site: TestSite): Promise<void> {
  const closing = site.close()
  await clock.advance(5_000)
  await closing
}

const mostAsked = (action: string) => Math.max(...workers.map(({ asked }) => asked.get(action) ?? 0))

test('a thousand workers of a hundred devices each are dialled and asked once each, and after a restart nothing is written', async () => {
  const store = openMemoryStore()
  const first = await startOrk(store, 'roster')
  await untilAllReady(first.site)
  expect(first.counts.dials).toBe(workerCount)
  expect(first.counts.dialsAtOnce).toBeLessThanOrEqual(32)
  expect([mostAsked('identity.request'), mostAsked('capability.request')]).toEqual([1, 1])
  // Identity, and contract.
  expect(first.counts.writes).toBe(2 * workerCount)
  expect(first.counts.published).toBeLessThanOrEqual(5 * workerCount)
  expect(await first.site.registry.metrics()).toContain(`mdk_ork_devices ${workerCount * devicesEach}`)
  await close(first.site)

  const second = await startOrk(store, 'roster')
  await untilAllReady(second.site)
  expect(second.counts.writes).toBe(0)
  expect(second.counts.dials).toBe(workerCount)
  await close(second.site)
}, 120_000)

test('a thousand workers that announce the topic at once are all admitted, each dialled once', async () => {
  const announcements = workers.map((worker) => worker.announce(topic))
  const { site, counts } = await startOrk(openMemoryStore(), 'topic')
  await untilAllReady(site)
  expect(counts.dials).toBe(workerCount)
  expect(counts.dialsAtOnce).toBeLessThanOrEqual(32)
  // Once for its name, and once for what it has.
  expect(mostAsked('identity.request')).toBe(2)
  expect(site.strangers).toEqual([])
  await close(site)
  await Promise.all(announcements.map((announcement) => announcement.close()))
}, 120_000)
