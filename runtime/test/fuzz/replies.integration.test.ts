import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '../../../test/random/seeded-random.ts'
import { MemoryBench } from '../ork/memory-bench.ts'
import type { ScriptedWorker } from '../ork/scripted-worker.ts'
import { type Caller, entryOf, rosterOf, type TestSite } from '../ork/test-site.ts'
import { mutateFrame } from './mutate-frame.ts'

let bench: MemoryBench
let site: TestSite
let caller: Caller
let hostile: ScriptedWorker
beforeEach(async () => {
  bench = new MemoryBench()
  const [bad, good] = [
    await bench.startWorker('w-bad', ['bad.a', 'bad.b']),
    await bench.startWorker('w-good', ['good.a']),
  ]
  hostile = bad.worker
  site = await bench.startOrk(rosterOf([entryOf(bad.node, 'w-bad'), entryOf(good.node, 'w-good')]))
  await bench.clock.advance(2_000)
  caller = await bench.connect()
})
afterEach(() => bench.close())

/** Asks for everything of both; what comes of the bad one is told to nobody, as long as something does. */
async function askAll(): Promise<void> {
  const bad = [
    caller.ask('command.request', { command: 'identify', waitMs: 100 }, 'bad.a'),
    caller.ask('telemetry.pull', {}, 'bad.b'),
    caller.ask('telemetry.pull', { workerId: 'w-bad' }),
    caller.ask('state.pull', {}, 'bad.a'),
    caller.ask('device.capabilities', {}, 'bad.a'),
  ]
  const ofSite = caller.ask('telemetry.pull', { scope: 'site' })
  const command = caller.ask('command.request', { command: 'identify', waitMs: 1_000 }, 'good.a')
  await bench.clock.advance(1_000)
  expect(await ofSite).toMatchObject({ workers: [{ workerId: 'w-bad' }, { workerId: 'w-good', timestamp: 1 }] })
  expect(await command).toMatchObject({ status: 'SUCCESS' })
  await Promise.all(bad)
}

test("a worker whose replies are malformed ends no job of ORK, and spoils nobody else's answers", async () => {
  const random = seededRandom(1)
  let mangled = 0
  hostile.mangle = (reply) => {
    if (random() < 0.5) return reply
    mangled += 1
    const envelope = JSON.parse(reply.toString()) as { payload: object }
    if (random() < 0.2) return mutateFrame(envelope, random)
    const [head = '', tail = ''] = JSON.stringify({ ...envelope, payload: 0 }).split(/(?<="payload":)0/)
    return Buffer.concat([Buffer.from(head), mutateFrame(envelope.payload, random), Buffer.from(tail)])
  }
  for (let round = 0; round < 600; round += 1) await askAll()
  expect(mangled).toBeGreaterThan(1_000)
  expect(site.broken).toEqual([])
  const turns = await site.registry.getSingleMetricAsString('mdk_ork_job_turn_seconds')
  expect(turns).toContain('result="done"')
  expect(turns).not.toContain('result="crashed"')
}, 120_000)

test('a result that is nested deeper than anybody can write counts as no answer', async () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
  hostile.mangle = (reply) => Buffer.from(reply.toString().replace('"result":{}', `"result":${deep}`))
  const command = caller.ask('command.request', { command: 'reboot', waitMs: 60_000 }, 'bad.a')
  await bench.clock.advance(60_000)
  expect(await command).toMatchObject({ status: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' })
  expect(hostile.ran).toEqual(['reboot'])
})
