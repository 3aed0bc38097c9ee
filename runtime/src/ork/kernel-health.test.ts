import { afterEach, beforeEach, expect, test } from 'vitest'
import { MemoryBench } from '../../test/ork/memory-bench.ts'
import { entryOf, rosterOf, type TestSite } from '../../test/ork/test-site.ts'
import type { ManualClock } from '../machine/manual-clock.ts'

let bench: MemoryBench
let clock: ManualClock
beforeEach(() => {
  bench = new MemoryBench()
  ;({ clock } = bench)
})
afterEach(() => bench.close())

const metrics = { power: 3000 }
const healthOf = (site: TestSite) => site.statuses.get('w1')?.health
const dialsOf = async ({ registry }: TestSite) =>
  Number(/^mdk_ork_dials_total\{result="linked"\} (\d+)$/m.exec(await registry.metrics())?.[1])

async function startSite() {
  const { worker, node } = await bench.startWorker('w1', ['d1'])
  const site = await bench.startOrk(rosterOf([entryOf(node, 'w1')]))
  await clock.advance(1_000)
  return { worker, node, site, caller: await bench.connect() }
}

test('one lost ping stops no request', async () => {
  const { worker, site, caller } = await startSite()
  let lost = 1
  worker.onPing = () => (lost-- > 0 ? new Promise(() => undefined) : Promise.resolve())
  const seen = new Set<string>()
  site.onWorker = ({ health }) => void seen.add(health)
  await clock.advance(800)
  expect(await site.registry.metrics()).toContain('mdk_ork_pings_lost_total 1')
  // A link beside the old one was made; the worker was never anything else meanwhile.
  expect([...seen]).toEqual(['HEALTHY'])
  expect(await caller.ask('telemetry.pull', {}, 'd1')).toMatchObject({ metrics })
})

test('a worker whose ping is lost is dialled beside its connection, on which what was asked is still answered', async () => {
  const { worker, site, caller } = await startSite()
  worker.onTelemetry = async () => {
    await clock.sleep(5_000)
    return undefined
  }
  const pull = caller.ask('telemetry.pull', {}, 'd1')
  let lost = 1
  worker.onPing = () => (lost-- > 0 ? new Promise(() => undefined) : Promise.resolve())
  await clock.advance(2_000)
  expect(await dialsOf(site)).toBe(2)
  await clock.advance(3_000)
  expect(await pull).toMatchObject({ metrics })
})

test('a worker that was DEAD is asked again with its first pong, in its old place', async () => {
  const { node, site, caller } = await startSite()
  bench.network.freeze(node.publicKey)
  await clock.advance(5_000)
  expect(healthOf(site)).toBe('DEAD')
  expect(await caller.ask('telemetry.pull', {}, 'd1')).toEqual({ error: 'ERR_WORKER_NOT_ROUTABLE' })
  bench.network.restore(node.publicKey)
  await clock.advance(600)
  expect(healthOf(site)).toBe('HEALTHY')
  expect(await caller.ask('telemetry.pull', {}, 'd1')).toMatchObject({ metrics })
})

test('after a restart of ORK its workers are dialled and pinged at once', async () => {
  const { worker, site, node } = await startSite()
  await bench.killOrk(site)
  worker.asked.clear()
  // It lets 100 ms pass.
  const next = await bench.startOrk(rosterOf([entryOf(node, 'w1')]))
  expect(worker.asked.get('health.ping')).toBeGreaterThan(0)
  expect(next.statuses.get('w1')).toMatchObject({ state: 'READY', health: 'HEALTHY' })
})

test('a worker that left the roster is pinged no more', async () => {
  const { worker, site } = await startSite()
  await site.setRoster(rosterOf([]))
  const before = worker.asked.get('health.ping')
  await clock.advance(5_000)
  expect(worker.asked.get('health.ping')).toBe(before)
})

test('cadences that change while ORK runs count from the next turn on', async () => {
  const { worker, site } = await startSite()
  const askedIn = async (ms: number) => {
    worker.asked.clear()
    await clock.advance(ms)
    return ['health.ping', 'state.pull'].map((action) => worker.asked.get(action) ?? 0)
  }
  expect(await askedIn(10_000)).toEqual([40, 2])
  site.settings = { cadences: { healthPingMs: 2_000, statePullMs: 1_000 } }
  await clock.advance(5_000)
  expect(await askedIn(10_000)).toEqual([5, 10])
})

test('a contract that changes with the revision is the one that commands are checked against', async () => {
  const { worker, caller } = await startSite()
  worker.contract = { metadata: {}, capabilities: { commands: [{ name: 'blink', params: [] }] } }
  worker.pong = { ...worker.pong, revision: 'r2' }
  await clock.advance(500)
  expect(await caller.ask('device.capabilities', {}, 'd1')).toEqual({
    capabilities: { commands: [{ name: 'blink', params: [] }] },
  })
  const refused = await caller.ask('command.request', { command: 'reboot' }, 'd1')
  expect(refused).toEqual({ error: 'ERR_COMMAND_NOT_IN_CAPABILITIES: reboot', status: 'REJECTED' })
})
