import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MemoryBench } from '../../test/ork/memory-bench.ts'
import {
  type Caller,
  entryOf,
  pairOf,
  rosterOf,
  startScripted,
  type TestSite,
  topic,
} from '../../test/ork/test-site.ts'
import type { Roster } from '../contract/roster.ts'
import type { ManualClock } from '../machine/manual-clock.ts'
import type { MemoryNetwork } from '../net/memory-network.ts'
import type { NetworkNode } from '../net/network-node.ts'

let bench: MemoryBench
let clock: ManualClock
let network: MemoryNetwork
beforeEach(() => {
  bench = new MemoryBench()
  ;({ clock, network } = bench)
})
afterEach(() => bench.close())
const startOrk = (roster: Roster | null) => bench.startOrk(roster)
const startWorker = (name: string, devices: string[]) => bench.startWorker(name, devices)
const connect = (name?: string) => bench.connect(name)

describe('registration', () => {
  test('a worker on the roster is READY and HEALTHY with its devices, driver and revision', async () => {
    const { node } = await startWorker('w1', ['d2', 'd1'])
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(300)
    expect(site.statuses.get('w1')).toEqual({
      workerId: 'w1',
      publicKey: node.publicKey,
      state: 'READY',
      health: 'HEALTHY',
      driver: 'test',
      model: null,
      revision: 'r1',
      devices: ['d1', 'd2'],
      unhealthy: [],
      problem: null,
    })
  })

  test('a worker that comes after ORK is READY a pace after it listens, however long ORK has waited', async () => {
    const node = network.join(pairOf('w1'))
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(3_000)
    expect(site.statuses.get('w1')).toMatchObject({ state: 'DISCOVERED' })
    expect(site.statuses.get('w1')?.problem).toMatch(/^no answer at .* and not found on the DHT$/)
    await startScripted(node, 'w1', ['d1'])
    await clock.advance(300)
    expect(site.statuses.get('w1')).toMatchObject({ state: 'READY', problem: null })
  })

  test('a worker that does not tell its contract stays IDENTITY_SAVED, says why, and is READY when it tells', async () => {
    const { worker, node } = await startWorker('w1', ['d1'])
    worker.silentOn.add('capability.request')
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(6_000)
    expect(site.statuses.get('w1')).toMatchObject({
      state: 'IDENTITY_SAVED',
      problem: 'it does not answer capability.request (timeout)',
    })
    worker.silentOn.clear()
    await clock.advance(12_000)
    expect(site.statuses.get('w1')).toMatchObject({ state: 'READY', problem: null })
  })

  test('a process that claims the name of another worker is not registered', async () => {
    const { worker, node } = await startWorker('w1', ['d1'])
    worker.claimedId = 'w2'
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(500)
    expect(site.statuses.get('w1')).toMatchObject({
      state: 'DISCOVERED',
      devices: [],
      problem: "the process at its key calls itself 'w2'; one of the two is wrong",
    })
  })

  test('a device that two workers claim stays with the first, and goes to the second when the first drops it', async () => {
    const first = await startWorker('w1', ['d1', 'd2'])
    const site = await startOrk(rosterOf([entryOf(first.node, 'w1')]))
    const second = await startWorker('w2', ['d2', 'd3'])
    await site.setRoster(rosterOf([entryOf(first.node, 'w1'), entryOf(second.node, 'w2')]))
    await clock.advance(500)
    expect(site.statuses.get('w2')).toMatchObject({
      state: 'READY',
      devices: ['d3'],
      problem: 'it claims device d2, which worker w1 has; take it off one of the two',
    })
    first.worker.devices = ['d1']
    first.worker.pong = { ...first.worker.pong, revision: 'r2' }
    await clock.advance(500)
    expect(site.statuses.get('w1')?.devices).toEqual(['d1'])
    expect(site.statuses.get('w2')).toMatchObject({ devices: ['d2', 'd3'], problem: null })
  })

  test('another revision in a pong shows the new devices within one ping', async () => {
    const { worker, node } = await startWorker('w1', ['d1'])
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(500)
    worker.devices = ['d1', 'd2']
    worker.pong = { ...worker.pong, revision: 'r2' }
    await clock.advance(250)
    expect(site.statuses.get('w1')).toMatchObject({ devices: ['d1', 'd2'], revision: 'r2' })
  })

  test('a registration that cannot be written is tried again ever less, however many pongs say that it is due', async () => {
    const { worker, node } = await startWorker('w1', ['d1'])
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(500)
    bench.store.writable = false
    worker.devices = ['d1', 'd2']
    worker.pong = { ...worker.pong, revision: 'r2' }
    await clock.advance(60_000)
    expect(worker.asked.get('identity.request')).toBeLessThan(25)
    bench.store.writable = true
    await clock.advance(6_000)
    expect(site.statuses.get('w1')).toMatchObject({ devices: ['d1', 'd2'], revision: 'r2', problem: null })
  })

  test('a worker that sends no revision is asked for its devices now and then', async () => {
    const { worker, node } = await startWorker('w1', ['d1'])
    worker.pong = { status: 'OK' }
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(500)
    worker.devices = ['d1', 'd2']
    await clock.advance(46_000)
    expect(site.statuses.get('w1')?.devices).toEqual(['d1', 'd2'])
  })

  test('a worker at rest is asked for nothing but pings and the state of its devices', async () => {
    const { worker, node } = await startWorker('w1', ['d1'])
    await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(2_000)
    const before = new Map(worker.asked)
    await clock.advance(60_000)
    expect(worker.asked.get('identity.request')).toBe(before.get('identity.request'))
    expect(worker.asked.get('capability.request')).toBe(before.get('capability.request'))
    expect(worker.asked.get('health.ping')).toBeGreaterThan(200)
  })
})

describe('the roster', () => {
  test('who leaves it is gone, with its devices and its link', async () => {
    const { node } = await startWorker('w1', ['d1'])
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(500)
    await site.setRoster(rosterOf([]))
    expect(site.statuses.has('w1')).toBe(false)
    expect(await (await connect()).ask('worker.list')).toEqual({ workers: [] })
  })

  test('another key for a worker registers whoever holds that key, and nobody else', async () => {
    const old = await startWorker('w1', ['d1'])
    const site = await startOrk(rosterOf([entryOf(old.node, 'w1')]))
    await clock.advance(500)
    const node = network.join(pairOf('new key'))
    await site.setRoster(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(500)
    expect(site.statuses.get('w1')).toMatchObject({ state: 'DISCOVERED', publicKey: node.publicKey })
    await startScripted(node, 'w1', ['d1', 'd9'])
    await clock.advance(500)
    expect(site.statuses.get('w1')).toMatchObject({ state: 'READY', devices: ['d1', 'd9'] })
  })

  test('of two workers with one key the second says so and is not registered', async () => {
    const { node } = await startWorker('w1', ['d1'])
    const site = await startOrk(rosterOf([entryOf(node, 'w1'), entryOf(node, 'w2')]))
    await clock.advance(500)
    expect(site.statuses.get('w1')?.state).toBe('READY')
    expect(site.statuses.get('w2')).toMatchObject({
      state: 'DISCOVERED',
      problem: "the roster gives it the key of worker 'w1'; give it a key of its own",
    })
  })

  test('callers are let in and sent away as it says, while they are connected', async () => {
    const site = await startOrk(rosterOf([], ['app-node']))
    const caller = await connect()
    expect(await caller.ask('worker.list')).toEqual({ workers: [] })
    await expect(connect('stranger')).rejects.toThrow('did not answer')
    await site.setRoster(rosterOf([], ['stranger']))
    await expect(caller.ask('worker.list')).rejects.toThrow('ended')
    expect(await (await connect('stranger')).ask('worker.list')).toEqual({ workers: [] })
  })
})

describe('the topic', () => {
  test('a process that announces and is not on the roster is shown as a stranger and not registered', async () => {
    const { worker, node } = await startWorker('w1', ['d1'])
    const announcement = worker.announce(topic)
    const site = await startOrk(rosterOf([]))
    await clock.advance(30_000)
    expect(site.strangers).toEqual([node.publicKey])
    expect(site.statuses.size).toBe(0)
    expect(worker.asked.size).toBe(0)
    await announcement.close()
  })

  test('a stranger that joins the roster is no stranger any more', async () => {
    const { worker, node } = await startWorker('w1', ['d1'])
    worker.announce(topic)
    const site = await startOrk(rosterOf([]))
    await clock.advance(30_000)
    await site.setRoster(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(500)
    expect(site.strangers).toEqual([])
    expect(site.statuses.get('w1')?.state).toBe('READY')
  })
})

describe('health', () => {
  test('a worker whose host froze is SICK after two lost pings, DEAD after five, and HEALTHY when it is back', async () => {
    const { node } = await startWorker('w1', ['d1'])
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(1_000)
    network.freeze(node.publicKey)
    await clock.advance(700)
    expect(site.statuses.get('w1')).toMatchObject({ health: 'HEALTHY' })
    await clock.advance(600)
    expect(site.statuses.get('w1')).toMatchObject({ health: 'SICK' })
    await clock.advance(2_000)
    expect(site.statuses.get('w1')).toMatchObject({ health: 'DEAD', state: 'READY' })
    network.restore(node.publicKey)
    await clock.advance(600)
    expect(site.statuses.get('w1')).toMatchObject({ health: 'HEALTHY', problem: null })
  })

  test('a worker whose pongs are late stays HEALTHY, and is dialled less and less', async () => {
    const { worker, node } = await startWorker('w1', ['d1'])
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(1_000)
    worker.onPing = () => clock.sleep(600)
    const seen = new Set<string | undefined>()
    for (let seconds = 0; seconds < 60; seconds += 1) {
      await clock.advance(1_000)
      seen.add(site.statuses.get('w1')?.health)
    }
    expect([...seen]).toEqual(['HEALTHY'])
    expect(worker.asked.get('identity.request')).toBeLessThan(12)
  })

  test('a worker whose pongs take seconds is HEALTHY again with the first that comes', async () => {
    const { worker, node } = await startWorker('w1', ['d1'])
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(1_000)
    worker.onPing = () => clock.sleep(4_000)
    await clock.advance(3_500)
    expect(site.statuses.get('w1')).toMatchObject({ health: 'DEAD' })
    await clock.advance(2_000)
    expect(site.statuses.get('w1')).toMatchObject({ health: 'HEALTHY' })
  })

  test('a worker that was killed and is back with its key is HEALTHY again at once, with what it has now', async () => {
    const { node } = await startWorker('w1', ['d1'])
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(1_000)
    network.cut(node.publicKey)
    await clock.advance(5_000)
    expect(site.statuses.get('w1')).toMatchObject({ health: 'DEAD' })
    expect(site.statuses.get('w1')?.problem).toMatch(/^no answer at/)
    network.restore(node.publicKey)
    await startScripted(network.join(pairOf('w1')), 'w1', ['d1', 'd2'])
    await clock.advance(300)
    expect(site.statuses.get('w1')).toMatchObject({ state: 'READY', health: 'HEALTHY', devices: ['d1', 'd2'] })
  })

  test('devices that are offline or faulty show as unhealthy, and not any more when they are well', async () => {
    const { worker, node } = await startWorker('w1', ['d1', 'd2'])
    worker.state = { d1: { status: 'offline' } }
    const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(500)
    expect(site.statuses.get('w1')?.unhealthy).toEqual(['d1'])
    worker.state = {}
    await clock.advance(6_000)
    expect(site.statuses.get('w1')?.unhealthy).toEqual([])
  })
})

describe('callers', () => {
  let site: TestSite
  let node: NetworkNode
  let caller: Caller
  beforeEach(async () => {
    ;({ node } = await startWorker('w1', ['d1']))
    site = await startOrk(rosterOf([entryOf(node, 'w1')]))
    await clock.advance(500)
    caller = await connect()
  })

  test("the list of workers has upstream's fields, and ours", async () => {
    expect(await caller.ask('worker.list')).toEqual({
      workers: [
        {
          workerId: 'w1',
          deviceIds: ['d1'],
          state: 'READY',
          healthState: 'HEALTHY',
          rpcKey: node.publicKey,
          unhealthyDeviceIds: [],
          driver: 'test',
          model: null,
        },
      ],
    })
  })

  test("capabilities are the contract's, and null for a device that nobody has", async () => {
    const { capabilities } = await caller.ask('device.capabilities', {}, 'd1')
    expect(capabilities).toHaveProperty('commands')
    expect(await caller.ask('device.capabilities', {}, 'd9')).toEqual({ capabilities: null })
  })

  test("telemetry and state are the worker's own answers", async () => {
    const telemetry = await caller.ask('telemetry.pull', { query: { type: 'metrics' } }, 'd1')
    expect(telemetry).toEqual({ deviceId: 'd1', metrics: { power: 3000 }, query: { type: 'metrics' }, timestamp: 1 })
    expect(await caller.ask('state.pull', {}, 'd1')).toEqual({
      state: { d1: { status: 'online' } },
      workerId: 'w1',
      deviceCount: 1,
    })
  })

  test("an action that ORK does not serve, or nobody knows, is refused in upstream's words", async () => {
    expect(await caller.ask('health.ping')).toEqual({ error: 'ERR_UNKNOWN_ACTION: health.ping' })
    expect(await caller.ask('constructor')).toEqual({ error: 'ERR_ENVELOPE_ACTION_UNKNOWN' })
  })

  test('a worker that is terminated is registered anew, as the roster still has it', async () => {
    expect(await caller.ask('worker.terminate', { workerId: 'w1' })).toEqual({ status: 'TERMINATED', workerId: 'w1' })
    expect(site.statuses.get('w1')).toMatchObject({ state: 'DISCOVERED', devices: [] })
    await clock.advance(500)
    expect(site.statuses.get('w1')).toMatchObject({ state: 'READY', devices: ['d1'] })
    expect(await caller.ask('worker.terminate', { workerId: 'w9' })).toEqual({ status: 'TERMINATED', workerId: 'w9' })
    expect(await caller.ask('worker.terminate')).toEqual({ error: 'ERR_WORKER_ID_REQUIRED' })
  })
})

test('after a restart ORK dials the keys that it knew, without a roster', async () => {
  const { node } = await startWorker('w1', ['d1'])
  const first = await startOrk(rosterOf([entryOf(node, 'w1')]))
  await clock.advance(500)
  await bench.killOrk(first)
  const site = await startOrk(null)
  await clock.advance(500)
  expect(site.statuses.get('w1')).toMatchObject({ state: 'READY', devices: ['d1'] })
})

test('metrics count workers by state, devices and commands', async () => {
  const { node } = await startWorker('w1', ['d1', 'd2'])
  const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
  await clock.advance(500)
  const text = await site.registry.metrics()
  expect(text).toContain('mdk_ork_workers{state="READY"} 1')
  expect(text).toContain('mdk_ork_workers_by_health{health="HEALTHY"} 1')
  expect(text).toContain('mdk_ork_devices 2')
  expect(text).toContain('mdk_ork_dials_total{result="linked"} 1')
})

test('what is closed leaves no timer behind', async () => {
  const { node } = await startWorker('w1', ['d1'])
  const site = await startOrk(rosterOf([entryOf(node, 'w1')]))
  await clock.advance(1_000)
  await bench.killOrk(site)
  expect(clock.armed).toBe(0)
})
