import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MemoryBench } from '../../test/ork/memory-bench.ts'
import type { ScriptedWorker } from '../../test/ork/scripted-worker.ts'
import { type Caller, entryOf, rosterOf, type TestSite } from '../../test/ork/test-site.ts'
import type { ManualClock } from '../machine/manual-clock.ts'

let bench: MemoryBench
let clock: ManualClock
beforeEach(() => {
  bench = new MemoryBench()
  ;({ clock } = bench)
})
afterEach(() => bench.close())

/** A site of workers that have two devices each, all READY: `w0` with `w0.a` and `w0.b`, and so on. */
async function siteOf(count: number) {
  const names = Array.from({ length: count }, (_, index) => `w${index}`)
  const started = await Promise.all(names.map((name) => bench.startWorker(name, [`${name}.a`, `${name}.b`])))
  const site = await bench.startOrk(rosterOf(started.map(({ node }, index) => entryOf(node, `w${index}`))))
  await clock.advance(1_000)
  return { site, workers: started.map(({ worker }) => worker), nodes: started.map(({ node }) => node) }
}

describe('a worker that answers pings and nothing else', () => {
  let site: TestSite
  let worker: ScriptedWorker
  let caller: Caller
  const pull = (deviceId: string) => caller.ask('telemetry.pull', {}, deviceId)
  const notRoutable = { error: 'ERR_WORKER_NOT_ROUTABLE' }
  beforeEach(async () => {
    const started = await siteOf(1)
    site = started.site
    worker = started.workers[0]!
    caller = await bench.connect()
    worker.silentOn.add('telemetry.pull')
    const pulls = ['w0.a', 'w0.b', 'w0.a', 'w0.b', 'w0.a'].map(pull)
    await clock.advance(30_000)
    expect(await Promise.all(pulls)).toEqual(Array(5).fill({ error: 'ERR_WORKER_TIMEOUT' }))
  })

  test('has its requests refused at once after five timeouts, and says so in its status and in metrics', async () => {
    const before = worker.asked.get('telemetry.pull')
    expect(await pull('w0.a')).toEqual(notRoutable)
    expect(worker.asked.get('telemetry.pull')).toBe(before)
    expect(site.statuses.get('w0')).toMatchObject({
      state: 'READY',
      health: 'HEALTHY',
      problem:
        'it answers pings but not the last 5 requests telemetry.pull; these are held back, but for one now and then, until it answers',
    })
    const text = await site.registry.metrics()
    expect(text).toContain('mdk_ork_circuits{state="OPEN"} 1')
    expect(text).toContain('mdk_ork_circuits_opened_total{action="telemetry.pull"} 1')
  })

  test('is asked by one request a time later, and by all when that is answered', async () => {
    await clock.advance(1_000)
    worker.silentOn.clear()
    const [probe, second] = await Promise.all([pull('w0.a'), pull('w0.b')])
    expect(probe).toMatchObject({ metrics: { power: 3000 } })
    expect(second).toEqual(notRoutable)
    expect(await pull('w0.b')).toMatchObject({ metrics: { power: 3000 } })
    expect(site.statuses.get('w0')?.problem).toBeNull()
  })

  test('has its requests held back for longer when that one is not answered either', async () => {
    await clock.advance(1_000)
    const probe = pull('w0.a')
    await clock.advance(30_000)
    expect(await probe).toEqual({ error: 'ERR_WORKER_TIMEOUT' })
    await clock.advance(1_000)
    expect(await pull('w0.a')).toEqual(notRoutable)
  })

  test('takes commands all the while', async () => {
    const { commandId } = await caller.ask('command.request', { command: 'reboot' }, 'w0.a')
    await clock.advance(10)
    expect(await caller.ask('command.status', { commandId })).toMatchObject({ status: 'SUCCESS' })
  })
})

test('a device that hangs does not keep its neighbours from being asked', async () => {
  const { workers } = await siteOf(1)
  const caller = await bench.connect()
  workers[0]!.silentOn.add('telemetry.pull')
  const pulls = Array.from({ length: 8 }, () => caller.ask('telemetry.pull', {}, 'w0.a'))
  await clock.advance(30_000)
  await Promise.all(pulls)
  workers[0]!.silentOn.clear()
  expect(await caller.ask('telemetry.pull', {}, 'w0.b')).toMatchObject({ metrics: { power: 3000 } })
})

test('a worker that is restarted amid requests is asked again as soon as it is back', async () => {
  const { nodes } = await siteOf(1)
  const caller = await bench.connect()
  const pulls = Array.from({ length: 8 }, (_, index) =>
    caller.ask('telemetry.pull', {}, index % 2 === 0 ? 'w0.a' : 'w0.b'),
  )
  bench.network.cut(nodes[0]!.publicKey)
  await Promise.all(pulls)
  bench.network.restore(nodes[0]!.publicKey)
  await clock.advance(500)
  expect(await caller.ask('telemetry.pull', {}, 'w0.a')).toMatchObject({ metrics: { power: 3000 } })
})

test('twelve workers that hang, and those who ask them all the time, cost the thirteenth a second at most', async () => {
  const { workers } = await siteOf(13)
  const caller = await bench.connect()
  const bad = workers.slice(0, 12)
  for (const worker of bad) worker.silentOn.add('telemetry.pull')
  for (const { devices } of bad) {
    for (let count = 0; count < 40; count += 1) void caller.ask('telemetry.pull', {}, devices[count % 2])
  }
  const pull = caller.ask('telemetry.pull', {}, 'w12.a')
  await clock.advance(1_000)
  expect(await pull).toMatchObject({ metrics: { power: 3000 } })
  await clock.advance(60_000)
})

describe('a module that crashes', () => {
  test('goes on with its next turn, and nobody else notices', async () => {
    const { site, workers } = await siteOf(2)
    let crashes = 0
    site.onWorker = ({ workerId }) => {
      if (workerId !== 'w0' || crashes >= 3) return
      crashes += 1
      throw new Error('a bug')
    }
    for (const worker of workers) {
      worker.devices = [...worker.devices, `${worker.workerId}.c`]
      worker.pong = { ...worker.pong, revision: 'r2' }
    }
    await clock.advance(500)
    expect(site.statuses.get('w1')).toMatchObject({ revision: 'r2', state: 'READY' })
    await clock.advance(20_000)
    expect(crashes).toBe(3)
    expect(site.statuses.get('w0')).toMatchObject({ revision: 'r2', state: 'READY', health: 'HEALTHY' })
    expect(site.broken).toEqual([])
    expect(await site.registry.metrics()).toMatch(
      /mdk_ork_job_turn_seconds_count\{job="[a-z-]+",result="crashed"\} [1-3]/,
    )
  })

  test('is told to be broken when it crashes eleven times in a minute, not when one worker crashes it again and again', async () => {
    const { site, workers } = await siteOf(12)
    const crashOn = new Set(['w0'])
    site.onWorker = ({ workerId }) => {
      if (crashOn.has(workerId)) throw new Error('a bug')
    }
    const revise = (revision: string) => {
      for (const worker of workers) worker.pong = { ...worker.pong, revision }
    }
    revise('r2')
    await clock.advance(120_000)
    expect(site.broken).toEqual([])
    for (const { workerId } of workers) crashOn.add(workerId)
    revise('r3')
    await clock.advance(10_000)
    expect(new Set(site.broken)).toContain('registration')
    site.onWorker = () => undefined
  })
})
