import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MemoryBench } from '../../test/ork/memory-bench.ts'
import type { ScriptedWorker } from '../../test/ork/scripted-worker.ts'
import { type Caller, entryOf, rosterOf, type TestSite } from '../../test/ork/test-site.ts'
import type { NetworkNode } from '../net/network-node.ts'

let bench: MemoryBench
let site: TestSite
let workers: ScriptedWorker[]
let nodes: NetworkNode[]
let caller: Caller
beforeEach(() => {
  bench = new MemoryBench()
})
afterEach(() => bench.close())

/** Workers `w000`, `w001` and so on, with two devices each (`w000.a`, `w000.b`), all READY. */
async function startSite(count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `w${String(index).padStart(3, '0')}`)
  const started = await Promise.all(names.map((name) => bench.startWorker(name, [`${name}.a`, `${name}.b`])))
  workers = started.map(({ worker }) => worker)
  nodes = started.map(({ node }) => node)
  site = await bench.startOrk(rosterOf(started.map(({ worker, node }) => entryOf(node, worker.workerId))))
  await bench.clock.advance(2_000)
  expect([...site.statuses.values()].map(({ state }) => state)).toEqual(Array(count).fill('READY'))
  caller = await bench.connect()
}

const metrics = { power: 3000 }
const askedOf = (worker: ScriptedWorker) => worker.asked.get('telemetry.pull') ?? 0

describe('of one worker', () => {
  beforeEach(() => startSite(1))

  test('all devices are had by one request to it', async () => {
    expect(await caller.ask('telemetry.pull', { workerId: 'w000' })).toEqual({
      devices: [
        { deviceId: 'w000.a', metrics },
        { deviceId: 'w000.b', metrics },
      ],
      timestamp: 1,
    })
    expect(askedOf(workers[0]!)).toBe(1)
    expect(await caller.ask('state.pull', { workerId: 'w000' })).toMatchObject({ workerId: 'w000', deviceCount: 2 })
  })

  test('a device that is named in the envelope is what is asked about, whatever else is said', async () => {
    const answer = await caller.ask('telemetry.pull', { workerId: 'w999', scope: 'site' }, 'w000.a')
    expect(answer).toMatchObject({ deviceId: 'w000.a', metrics })
  })

  test('an unknown device, an unknown worker, one that is away, one that is silent and a driver that fails are told apart', async () => {
    const pull = (deviceId: string | null, payload = {}) => caller.ask('telemetry.pull', payload, deviceId)
    expect(await pull('nobody')).toEqual({ error: 'ERR_DEVICE_NOT_FOUND' })
    expect(await pull(null)).toEqual({ error: 'ERR_DEVICE_ID_REQUIRED' })
    expect(await pull(null, { workerId: 'nobody' })).toEqual({ error: 'ERR_WORKER_NOT_FOUND' })
    const failing = { deviceId: 'w000.a', error: 'ERR_DEVICE_UNAVAILABLE: w000.a', metrics: {}, timestamp: 1 }
    workers[0]!.onTelemetry = () => Promise.resolve(failing)
    expect(await pull('w000.a')).toEqual(failing)
    workers[0]!.silentOn.add('telemetry.pull')
    const silent = pull('w000.a')
    await bench.clock.advance(30_000)
    expect(await silent).toEqual({ error: 'ERR_WORKER_TIMEOUT' })
    bench.network.cut(nodes[0]!.publicKey)
    await bench.clock.advance(100)
    expect(await pull('w000.a')).toEqual({ error: 'ERR_WORKER_NOT_ROUTABLE' })
  })

  test('a reply that is too large for a message is refused by name, and the connection lives on', async () => {
    workers[0]!.onTelemetry = () => Promise.resolve({ devices: ['x'.repeat(10_000_000), 'y'.repeat(6_000_000)] })
    expect(await caller.ask('telemetry.pull', { workerId: 'w000' })).toEqual({ error: 'ERR_REPLY_TOO_LARGE' })
    workers[0]!.onTelemetry = () => Promise.resolve(undefined)
    expect(await caller.ask('telemetry.pull', { workerId: 'w000' })).toHaveProperty('devices')
  })
})

describe('of a site', () => {
  test('each worker is asked once, in its place one that does not answer has an error', async () => {
    await startSite(3)
    bench.network.cut(nodes[1]!.publicKey)
    await bench.clock.advance(100)
    const devicesOf = (name: string) => [`${name}.a`, `${name}.b`].map((deviceId) => ({ deviceId, metrics }))
    expect(await caller.ask('telemetry.pull', { scope: 'site' })).toEqual({
      workers: [
        { workerId: 'w000', devices: devicesOf('w000'), timestamp: 1 },
        { workerId: 'w001', error: 'ERR_WORKER_NOT_ROUTABLE' },
        { workerId: 'w002', devices: devicesOf('w002'), timestamp: 1 },
      ],
      total: 3,
    })
    expect(workers.map(askedOf)).toEqual([1, 0, 1])
  })

  test('no more than 24 workers are asked at once', async () => {
    await startSite(60)
    let underWay = 0
    let most = 0
    for (const worker of workers) {
      worker.onTelemetry = async () => {
        underWay += 1
        most = Math.max(most, underWay)
        await bench.clock.sleep(10)
        underWay -= 1
        return undefined
      }
    }
    const pull = caller.ask('telemetry.pull', { scope: 'site' })
    await bench.clock.advance(100)
    expect(await pull).toMatchObject({ total: 60 })
    expect(most).toBe(24)
  })

  test('the answers are refused when they are too large together, and no more are asked for', async () => {
    await startSite(60)
    for (const worker of workers) worker.onTelemetry = () => Promise.resolve({ devices: ['x'.repeat(1_000_000)] })
    expect(await caller.ask('telemetry.pull', { scope: 'site' })).toEqual({ error: 'ERR_REPLY_TOO_LARGE' })
    expect(workers.filter((worker) => askedOf(worker) > 0).length).toBeLessThan(45)
    expect(await caller.ask('telemetry.pull', { scope: 'site', limit: 10 })).toMatchObject({ total: 60 })
  })

  test('one answer that is too large, or nested too deep, is lost alone', async () => {
    await startSite(3)
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    workers[0]!.onTelemetry = () => Promise.resolve({ devices: ['x'.repeat(15_500_000)] })
    workers[1]!.mangle = (reply) => Buffer.from(reply.toString().replace('"timestamp":1', `"deep":${deep}`))
    expect(await caller.ask('telemetry.pull', { scope: 'site' })).toMatchObject({
      workers: [
        { workerId: 'w000', error: 'ERR_REPLY_TOO_LARGE' },
        { workerId: 'w001', error: 'ERR_INTERNAL' },
        { workerId: 'w002', timestamp: 1 },
      ],
    })
    expect(await caller.ask('telemetry.pull', {}, 'w001.a')).toEqual({ error: 'ERR_INTERNAL' })
  })

  test('no more than two callers are answered at once, the others in their turn', async () => {
    await startSite(1)
    let underWay = 0
    let most = 0
    workers[0]!.onTelemetry = async () => {
      most = Math.max(most, (underWay += 1))
      await bench.clock.sleep(100)
      underWay -= 1
      return undefined
    }
    const pulls = Array.from({ length: 6 }, () => caller.ask('telemetry.pull', { scope: 'site' }))
    await bench.clock.advance(1_000)
    for (const pulled of await Promise.all(pulls)) expect(pulled).toMatchObject({ total: 1 })
    expect(most).toBe(2)
  })

  test('a page of it has the workers of that page, and the number of all', async () => {
    await startSite(5)
    const page = await caller.ask('telemetry.pull', { scope: 'site', offset: 3, limit: 10 })
    expect(page['total']).toBe(5)
    expect((page['workers'] as { workerId: string }[]).map(({ workerId }) => workerId)).toEqual(['w003', 'w004'])
    expect(workers.map(askedOf)).toEqual([0, 0, 0, 1, 1])
  })
})

describe('the list of workers', () => {
  const namesIn = (reply: Record<string, unknown>) =>
    (reply['workers'] as { workerId: string }[]).map(({ workerId }) => workerId)

  test('is whole, and as upstream has it, unless a page is asked for', async () => {
    await startSite(3)
    const whole = await caller.ask('worker.list')
    expect(Object.keys(whole)).toEqual(['workers'])
    expect(namesIn(whole)).toEqual(['w000', 'w001', 'w002'])
  })

  test.each([
    [{ offset: 1, limit: 1 }, ['w001']],
    [{ limit: 2 }, ['w000', 'w001']],
    [{ offset: 2 }, ['w002']],
    [{ offset: 9, limit: 1 }, []],
  ])('of the page %j has %j, and the number of all', async (page, names) => {
    await startSite(3)
    const reply = await caller.ask('worker.list', page)
    expect(namesIn(reply)).toEqual(names)
    expect(reply['total']).toBe(3)
  })

  test.each([{ offset: -1 }, { limit: 0 }, { limit: 1.5 }, { offset: '1' }])('refuses the page %j', async (page) => {
    await startSite(1)
    expect(await caller.ask('worker.list', page)).toEqual({ error: 'ERR_REQUEST_INVALID' })
    expect(await caller.ask('telemetry.pull', { scope: 'site', ...page })).toEqual({ error: 'ERR_REQUEST_INVALID' })
  })
})
