import { afterEach, beforeEach, expect, test } from 'vitest'
import { MemoryBench } from '../../test/ork/memory-bench.ts'
import { pairOf, rosterOf, startScripted, type TestSite, topic } from '../../test/ork/test-site.ts'
import type { ManualClock } from '../machine/manual-clock.ts'

let bench: MemoryBench
let clock: ManualClock
beforeEach(() => {
  bench = new MemoryBench()
  ;({ clock } = bench)
})
afterEach(() => bench.close())

const startOrk = () => bench.startOrk(rosterOf([]), { admission: 'topic' })

/** A process of its own key that calls itself by this name and announces the topic. */
async function announcing(keyName: string, workerId: string, devices: string[]) {
  const node = bench.network.join(pairOf(keyName))
  const worker = await startScripted(node, workerId, devices)
  return { node, worker, announcement: worker.announce(topic) }
}

const stateOf = (site: TestSite, workerId: string) => site.statuses.get(workerId)

test('whoever announces the topic is READY under its own name, and no stranger', async () => {
  const { node } = await announcing('a', 'w1', ['d1'])
  const site = await startOrk()
  await clock.advance(500)
  expect(stateOf(site, 'w1')).toMatchObject({
    state: 'READY',
    devices: ['d1'],
    publicKey: node.publicKey,
    problem: null,
  })
  expect(site.strangers).toEqual([])
})

test('a worker that comes while ORK runs is READY after the next lookup', async () => {
  const site = await startOrk()
  await clock.advance(60_000)
  await announcing('a', 'w1', ['d1'])
  await clock.advance(16_000)
  expect(stateOf(site, 'w1')).toMatchObject({ state: 'READY' })
})

test('a process that is introduced by its key is READY without any topic', async () => {
  const node = bench.network.join(pairOf('a'))
  const site = await startOrk()
  site.kernel?.introduce({ publicKey: node.publicKey, address: node.address })
  await clock.advance(60_000)
  await startScripted(node, 'w1', ['d1'])
  site.kernel?.introduce({ publicKey: node.publicKey, address: node.address })
  await clock.advance(1_000)
  expect(stateOf(site, 'w1')).toMatchObject({ state: 'READY', devices: ['d1'] })
})

test('a process that claims the name of another worker is refused, and both sides of it are told', async () => {
  const first = await announcing('a', 'w1', ['d1'])
  const site = await startOrk()
  await clock.advance(500)
  const second = await announcing('b', 'w1', ['d9'])
  await clock.advance(20_000)
  expect(site.strangers).toEqual([second.node.publicKey])
  expect(stateOf(site, 'w1')).toMatchObject({
    state: 'READY',
    publicKey: first.node.publicKey,
    devices: ['d1'],
    problem: `the process with the key ${second.node.publicKey} calls itself by its name and is refused; end one of the two`,
  })
})

test('the name of a worker that is gone and terminated goes to the process that claims it', async () => {
  const first = await announcing('a', 'w1', ['d1'])
  const site = await startOrk()
  await clock.advance(500)
  const second = await announcing('b', 'w1', ['d1'])
  await clock.advance(20_000)
  await first.node.close()
  await (await bench.connect()).ask('worker.terminate', { workerId: 'w1' })
  await clock.advance(120_000)
  expect(stateOf(site, 'w1')).toMatchObject({ state: 'READY', publicKey: second.node.publicKey, problem: null })
})

test('a worker that is terminated and still there registers anew', async () => {
  const { node } = await announcing('a', 'w1', ['d1'])
  const site = await startOrk()
  await clock.advance(500)
  const terminated = (await bench.connect()).ask('worker.terminate', { workerId: 'w1' })
  expect(await terminated).toEqual({ status: 'TERMINATED', workerId: 'w1' })
  await clock.advance(1_000)
  expect(stateOf(site, 'w1')).toMatchObject({ state: 'READY', publicKey: node.publicKey, devices: ['d1'] })
})

test('a device that two admitted workers claim stays with the first, and the second is told', async () => {
  await announcing('a', 'w1', ['d1'])
  const site = await startOrk()
  await clock.advance(500)
  await announcing('b', 'w2', ['d1', 'd2'])
  await clock.advance(20_000)
  expect(stateOf(site, 'w2')).toMatchObject({
    state: 'READY',
    devices: ['d2'],
    problem: 'it claims device d1, which worker w1 has; take it off one of the two',
  })
})

test('five hundred strangers that announce and answer nothing leave room for a worker, and are shown', async () => {
  for (let count = 0; count < 500; count += 1) {
    const stranger = bench.network.join(pairOf(`stranger ${count}`))
    stranger.announce(topic, stranger.publicKey)
  }
  const site = await startOrk()
  await announcing('a', 'w1', ['d1'])
  await clock.advance(25_000)
  expect(stateOf(site, 'w1')).toMatchObject({ state: 'READY', health: 'HEALTHY' })
  expect(site.strangers).toHaveLength(100)
})

test('after a restart the workers are dialled under the keys that they had, announced or not', async () => {
  const { announcement } = await announcing('a', 'w1', ['d1'])
  const first = await startOrk()
  await clock.advance(500)
  await bench.killOrk(first)
  await announcement.close()
  const site = await startOrk()
  await clock.advance(500)
  expect(stateOf(site, 'w1')).toMatchObject({ state: 'READY', devices: ['d1'] })
})

test('who calls is admitted by the roster, however workers are', async () => {
  await startOrk()
  await expect(bench.connect('stranger')).rejects.toThrow('did not answer')
  expect(await (await bench.connect()).ask('worker.list')).toEqual({ workers: [] })
})
