import { afterEach, beforeEach, expect, test } from 'vitest'
import type { KeyPair } from '../../src/contract/key-pair.ts'
import { systemClock } from '../../src/machine/clock.ts'
import { startDhtNode } from '../../src/net/dht-node.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { loopback, startTestDht, type TestDht } from '../net/test-dht.ts'
import { entryOf, pairOf, rosterOf, startScripted, TestSite, topic } from '../ork/test-site.ts'
import { openMemoryStore } from '../storage/memory-store.ts'

let dht: TestDht
const closing: { close(): Promise<void> }[] = []

beforeEach(async () => {
  dht = await startTestDht()
})
afterEach(async () => {
  await Promise.all(closing.splice(0).map((opened) => opened.close()))
  await dht.close()
})

async function join(identity: KeyPair, bootstrap = dht.bootstrap, port = 0): Promise<NetworkNode> {
  const node = await startDhtNode({ identity, bootstrap, host: loopback, port })
  closing.push(node)
  return node
}

async function startOrk(roster: TestSite['roster'], bootstrap = dht.bootstrap): Promise<TestSite> {
  const site = new TestSite({
    join: (identity) => startDhtNode({ identity, bootstrap, host: loopback, port: 0 }),
    store: openMemoryStore(),
    clock: systemClock,
    roster,
  })
  closing.push(site)
  await site.start()
  return site
}

const isReady = (site: TestSite, workerId: string) => () => {
  const worker = site.statuses.get(workerId)
  return worker?.state === 'READY' && worker.health === 'HEALTHY'
}

test('a site with twice as many workers as a topic lookup returns is complete', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `w${index}`)
  const entries = []
  for (const name of names) {
    const node = await join(pairOf(name))
    const worker = await startScripted(node, name, [`${name}.d1`])
    worker.announce(topic)
    entries.push(entryOf(node, name))
  }
  const site = await startOrk(rosterOf(entries))
  await expect.poll(() => names.every((name) => isReady(site, name)()), { timeout: 20_000 }).toBe(true)
  expect(site.strangers).toEqual([])
})

test('while every DHT node is away a worker is dialled at its address', async () => {
  for (const at of [0, 1, 2]) await dht.stopBootstrap(at)
  const node = await join(pairOf('w1'))
  await startScripted(node, 'w1', ['d1'])
  const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
  await expect.poll(isReady(site, 'w1'), { timeout: 20_000 }).toBe(true)
})

test('a worker whose key is known and whose address is not is found by the DHT as soon as it announces', async () => {
  const pair = pairOf('w1')
  const site = await startOrk(
    rosterOf([{ workerId: 'w1', publicKey: pair.publicKey, host: 'nowhere.invalid', port: 9 }]),
  )
  await expect
    .poll(() => site.statuses.get('w1')?.problem, { timeout: 20_000 })
    .toMatch(/^no answer at nowhere.invalid:9/)
  await startScripted(await join(pair), 'w1', ['d1'])
  await expect.poll(isReady(site, 'w1'), { timeout: 20_000 }).toBe(true)
})

test('an ORK and its workers that come before the DHT are joined by address, and strangers show when the DHT is there', async () => {
  for (const at of [0, 1, 2]) await dht.stopBootstrap(at)
  const node = await join(pairOf('w1'))
  await startScripted(node, 'w1', ['d1'])
  const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
  await expect.poll(isReady(site, 'w1'), { timeout: 20_000 }).toBe(true)
  for (const at of [0, 1, 2]) await dht.restartBootstrap(at)
  const stranger = await join(pairOf('stranger'))
  const announcing = await startScripted(stranger, 'stranger', ['d9'])
  announcing.announce(topic)
  await expect.poll(() => site.strangers, { timeout: 40_000 }).toEqual([stranger.publicKey])
})

test('an ORK that is away and back with its store finds its workers without a roster', async () => {
  const node = await join(pairOf('w1'))
  await startScripted(node, 'w1', ['d1'])
  const store = openMemoryStore()
  const open = async (roster: TestSite['roster']) => {
    const site = new TestSite({
      join: (pair) => startDhtNode({ identity: pair, bootstrap: dht.bootstrap, host: loopback, port: 0 }),
      store,
      clock: systemClock,
      roster,
    })
    await site.start()
    return site
  }
  const first = await open(rosterOf([entryOf(node, 'w1')]))
  await expect.poll(isReady(first, 'w1'), { timeout: 20_000 }).toBe(true)
  await first.close()
  const second = await open(null)
  closing.push(second)
  await expect.poll(isReady(second, 'w1'), { timeout: 20_000 }).toBe(true)
})
