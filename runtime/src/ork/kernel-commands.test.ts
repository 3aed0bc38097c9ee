import { afterEach, beforeEach, expect, test } from 'vitest'
import { MemoryBench } from '../../test/ork/memory-bench.ts'
import type { ScriptedWorker } from '../../test/ork/scripted-worker.ts'
import { type Caller, entryOf, pairOf, rosterOf, startScripted, type TestSite } from '../../test/ork/test-site.ts'
import { missingOf, readGolden } from '../../test/protocol/golden.ts'
import type { ManualClock } from '../machine/manual-clock.ts'
import type { MemoryNetwork } from '../net/memory-network.ts'
import type { NetworkNode } from '../net/network-node.ts'

let bench: MemoryBench
let clock: ManualClock
let network: MemoryNetwork
let worker: ScriptedWorker
let node: NetworkNode
let caller: Caller
let site: TestSite
beforeEach(async () => {
  bench = new MemoryBench()
  ;({ clock, network } = bench)
  ;({ worker, node } = await bench.startWorker('w1', ['d1']))
  site = await bench.startOrk(rosterOf([entryOf(node, 'w1')]))
  await clock.advance(500)
  caller = await bench.connect()
})
afterEach(() => bench.close())
const reboot = () => caller.ask('command.request', { command: 'reboot' }, 'd1')
const statusOf = async (commandId: unknown) => caller.ask('command.status', { commandId })

test('an accepted command is QUEUED, runs, and can be asked for when it is done', async () => {
  worker.onCommand = () => Promise.resolve({ result: { ok: true } })
  const { commandId, status } = await reboot()
  expect(status).toBe('QUEUED')
  await clock.advance(10)
  expect(await statusOf(commandId)).toMatchObject({
    commandId,
    status: 'SUCCESS',
    command: 'reboot',
    deviceId: 'd1',
    workerId: 'w1',
    scope: 'device',
    result: { ok: true },
    error: null,
  })
  expect(worker.ran).toEqual(['reboot'])
})

test.each([
  ['command.request', { command: 'reboot' }],
  ['telemetry.pull', {}],
  ['state.pull', {}],
])(
  '%s of a client goes to the worker with the id of its request and the time that ORK waits',
  async (action, payload) => {
    await caller.ask(action, payload, 'd1', 'request-1')
    await clock.advance(10)
    expect(worker.last.get(action)).toMatchObject({ correlationId: 'request-1', timeoutMs: 30_000 })
  },
)

test('a command may be answered when it has ended, or with what it is at when the caller waits no longer', async () => {
  worker.onCommand = () => Promise.resolve({ result: { ok: true } })
  const asked = { command: 'reboot', waitMs: 1_000 }
  const ending = caller.ask('command.request', asked, 'd1')
  await clock.advance(10)
  expect(await ending).toMatchObject({ status: 'SUCCESS', command: 'reboot', result: { ok: true }, error: null })
  worker.silentOn.add('command.request')
  const waiting = caller.ask('command.request', asked, 'd1')
  await clock.advance(1_000)
  expect(await waiting).toMatchObject({ status: 'EXECUTING', command: 'reboot' })
  expect(await caller.ask('command.request', { ...asked, command: 'no' }, 'd1')).toMatchObject({ status: 'REJECTED' })
})

test('a command that the worker failed says with what', async () => {
  worker.onCommand = () => Promise.resolve({ status: 'FAILED', error: 'ERR_DEVICE_UNAVAILABLE: d1' })
  const { commandId } = await reboot()
  await clock.advance(10)
  expect(await statusOf(commandId)).toMatchObject({ status: 'FAILED', error: 'ERR_DEVICE_UNAVAILABLE: d1' })
})

test('a command without an answer is tried again where it is not run twice, and then of unknown fate', async () => {
  worker.silentOn.add('command.request')
  const { commandId } = await reboot()
  await clock.advance(1_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'EXECUTING' })
  await clock.advance(29_100)
  expect(await statusOf(commandId)).toMatchObject({ status: 'TIMEOUT', retries: 0 })
  await clock.advance(2_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'EXECUTING', retries: 1 })
  await clock.advance(100_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN', retries: 3 })
  expect(worker.asked.get('command.request')).toBe(4)
})

test('a command without an answer is not held up by a clock that is set back, nor sent again, as nobody knows how old it is', async () => {
  worker.silentOn.add('command.request')
  const { commandId } = await reboot()
  await clock.advance(30_500)
  clock.set(-3_600_000)
  await clock.advance(2_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' })
})

test('a repeat tells the worker to which instance the command went first, and how long ago', async () => {
  const repeats: unknown[] = []
  worker.onCommand = ({ payload }) => {
    repeats.push(payload['repeat'])
    return Promise.resolve({})
  }
  worker.silentOn.add('command.request')
  const { commandId } = await reboot()
  await clock.advance(10_000)
  worker.silentOn.clear()
  await clock.advance(30_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'SUCCESS', retries: 1 })
  expect(repeats).toEqual([{ instanceId: worker.pong.instanceId, ageMs: expect.any(Number) as unknown }])
  expect((repeats[0] as { ageMs: number }).ageMs).toBeGreaterThan(30_000)
})

test('a command without an answer of a worker that remembers none is of unknown fate and is not sent again', async () => {
  worker.pong = { status: 'OK' }
  await clock.advance(1_000)
  worker.silentOn.add('command.request')
  const { commandId } = await reboot()
  await clock.advance(31_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' })
  await clock.advance(60_000)
  expect(worker.asked.get('command.request')).toBe(1)
})

test('a command that a worker did not begin because it is being stopped is sent to its next process', async () => {
  worker.onCommand = () =>
    Promise.resolve({ status: 'FAILED', error: 'ERR_WORKER_NOT_ROUTABLE: the worker is stopping' })
  const { commandId } = await reboot()
  await clock.advance(10)
  worker.forget()
  worker.onCommand = () => Promise.resolve({})
  await clock.advance(3_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'SUCCESS', retries: 1 })
})

test("a refused command has upstream's code and is not remembered", async () => {
  const refused = await caller.ask('command.request', { command: 'setPowerPct', params: { pct: 101 } }, 'd1')
  expect(refused).toEqual({ error: 'ERR_PARAM_RANGE: pct above max 100', status: 'REJECTED' })
  expect(await statusOf('nobody')).toEqual({ error: 'ERR_COMMAND_NOT_FOUND', status: 'REJECTED' })
  expect(await caller.ask('command.status')).toEqual({ error: 'ERR_COMMAND_ID_REQUIRED', status: 'REJECTED' })
})

/** A command that is under way and doesn't end; the one that is returned waits behind it. */
async function commandThatWaits(): Promise<string> {
  worker.silentOn.add('command.request')
  await reboot()
  const { commandId } = await reboot()
  return String(commandId)
}

test('limits of commands that change while ORK runs count from the next decision on, and nothing accepted is lost', async () => {
  const waits = await commandThatWaits()
  site.settings = { commands: { maxQueued: 1 } }
  expect(await reboot()).toEqual({ error: 'ERR_QUEUE_FULL', status: 'REJECTED' })
  site.settings = { commands: { keepResultsMs: 60_000 } }
  const later = await reboot()
  expect(later).toMatchObject({ status: 'QUEUED' })
  worker.silentOn.clear()
  await clock.advance(35_000)
  expect(await statusOf(waits)).toMatchObject({ status: 'SUCCESS' })
  expect(await statusOf(later['commandId'])).toMatchObject({ status: 'SUCCESS' })
  await clock.advance(60_000)
  expect(await statusOf(waits)).toMatchObject({ error: 'ERR_COMMAND_NOT_FOUND' })
})

test('a limit of commands under way at a worker that is raised lets those that wait go within a second', async () => {
  worker.devices.push('d2')
  worker.pong = { ...worker.pong, revision: 'r2' }
  await clock.advance(1_000)
  site.settings = { commands: { maxInFlightPerWorker: 1 } }
  worker.silentOn.add('command.request')
  await reboot()
  await caller.ask('command.request', { command: 'reboot' }, 'd2')
  expect(worker.asked.get('command.request')).toBe(1)
  site.settings = {}
  await clock.advance(1_100)
  expect(worker.asked.get('command.request')).toBe(2)
})

test('metrics count commands by code, whatever text callers and workers add to it', async () => {
  worker.onCommand = () => Promise.resolve({ status: 'FAILED', error: 'ERR_DEVICE_UNAVAILABLE: 10.0.0.7 is away' })
  await reboot()
  await clock.advance(10)
  worker.onCommand = () => Promise.resolve({ status: 'FAILED', error: 'out of coffee' })
  await reboot()
  await clock.advance(10)
  await caller.ask('command.request', { command: 'makeCoffee' }, 'd1')
  const counted = (await site.registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith('mdk_ork_commands_total'))
  expect(counted).toEqual([
    'mdk_ork_commands_total{result="FAILED",code="ERR_DEVICE_UNAVAILABLE"} 1',
    'mdk_ork_commands_total{result="FAILED",code="other"} 1',
    'mdk_ork_commands_total{result="REJECTED",code="ERR_COMMAND_NOT_IN_CAPABILITIES"} 1',
  ])
})

test('a command that waits can be cancelled, one that was sent, has ended or is not known cannot', async () => {
  worker.silentOn.add('command.request')
  const sent = await reboot()
  const { commandId } = await reboot()
  expect(await caller.ask('command.cancel', { commandId })).toEqual({ commandId, cancelled: true })
  expect(await statusOf(commandId)).toMatchObject({ status: 'FAILED', error: 'ERR_CANCELLED' })
  const cancel = (id: unknown) => caller.ask('command.cancel', { commandId: id })
  expect(await cancel(sent['commandId'])).toMatchObject({ cancelled: false, error: 'ERR_COMMAND_SENT' })
  expect(await cancel(commandId)).toMatchObject({ cancelled: false, error: 'ERR_COMMAND_ENDED' })
  expect(await cancel('nobody')).toMatchObject({ cancelled: false, error: 'ERR_COMMAND_NOT_FOUND' })
})

test('commands to a device that does not answer hold up nobody else, and those whose time it takes say so', async () => {
  worker.devices = ['d1', 'd2']
  worker.pong = { ...worker.pong, revision: 'r2' }
  await clock.advance(500)
  worker.onCommand = ({ deviceId }) => (deviceId === 'd1' ? new Promise(() => undefined) : Promise.resolve({}))
  const silent = []
  for (let count = 0; count < 40; count += 1) silent.push((await reboot())['commandId'])
  const { commandId } = await caller.ask('command.request', { command: 'reboot' }, 'd2')
  await clock.advance(100)
  expect(await statusOf(commandId)).toMatchObject({ status: 'SUCCESS' })
  expect(worker.ran).toHaveLength(2)
  await clock.advance(62_000)
  expect(await statusOf(silent.at(-1))).toMatchObject({ status: 'FAILED', error: 'ERR_COMMAND_EXPIRED' })
  await clock.advance(70_000)
  expect(await statusOf(silent[0])).toMatchObject({ status: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' })
  expect(worker.ran).toHaveLength(2)
})

test.each([
  ['', 0],
  [', also by a clock that is set back', -3_600_000],
])('a command whose worker does not come back in a minute fails without having been sent%s', async (_, setMs) => {
  const commandId = await commandThatWaits()
  network.cut(node.publicKey)
  clock.set(setMs)
  await clock.advance(30_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'QUEUED' })
  await clock.advance(32_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'FAILED', error: 'ERR_WORKER_NOT_ROUTABLE' })
})

test('a command that waits is sent when its worker is back', async () => {
  const commandId = await commandThatWaits()
  network.cut(node.publicKey)
  await clock.advance(5_000)
  network.restore(node.publicKey)
  const next = await startScripted(network.join(pairOf('w1')), 'w1', ['d1'])
  await clock.advance(1_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'SUCCESS' })
  expect(next.ran).toEqual(['reboot'])
})

test('a command that waits fails at once when its worker leaves the roster', async () => {
  const commandId = await commandThatWaits()
  await site.setRoster(rosterOf([]))
  expect(await statusOf(commandId)).toMatchObject({ status: 'FAILED', error: 'ERR_WORKER_NOT_FOUND' })
})

test('after a restart of ORK what was QUEUED is sent, and what was sent goes again to the same instance', async () => {
  const done = await reboot()
  await clock.advance(10)
  worker.silentOn.add('command.request')
  const sent = await reboot()
  const waiting = await commandThatWaits()
  await bench.killOrk(site)
  worker.silentOn.clear()
  worker.ran.length = 0
  await bench.startOrk(rosterOf([entryOf(node, 'w1')]))
  await clock.advance(1_000)
  caller = await bench.connect()
  expect(await statusOf(done['commandId'])).toMatchObject({ status: 'SUCCESS' })
  expect(await statusOf(sent['commandId'])).toMatchObject({ status: 'SUCCESS' })
  expect(await statusOf(waiting)).toMatchObject({ status: 'SUCCESS' })
  expect(worker.ran).toEqual(['reboot', 'reboot', 'reboot'])
})

test('after a restart of ORK what was sent to an instance that is no more is of unknown fate', async () => {
  worker.silentOn.add('command.request')
  const { commandId } = await reboot()
  await bench.killOrk(site)
  worker.silentOn.clear()
  worker.forget()
  await bench.startOrk(rosterOf([entryOf(node, 'w1')]))
  await clock.advance(1_000)
  caller = await bench.connect()
  expect(await statusOf(commandId)).toMatchObject({ status: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' })
  expect(worker.ran).toEqual([])
})

test('a restart of ORK refuses no command: one for a worker that it has yet to reach waits for it, 15 s long', async () => {
  await bench.stopOrk(site)
  network.cut(node.publicKey)
  await bench.startOrk(rosterOf([entryOf(node, 'w1')]))
  caller = await bench.connect()
  const { commandId, status } = await reboot()
  expect(status).toBe('QUEUED')
  await clock.advance(5_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'QUEUED' })
  network.restore(node.publicKey)
  await clock.advance(5_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'SUCCESS' })
  expect(worker.ran).toEqual(['reboot'])
})

test('a worker that has not been reached 15 s after the start of ORK is not routable', async () => {
  await bench.stopOrk(site)
  network.cut(node.publicKey)
  await bench.startOrk(rosterOf([entryOf(node, 'w1')]))
  caller = await bench.connect()
  await clock.advance(15_000)
  expect(await reboot()).toEqual({ error: 'ERR_WORKER_NOT_ROUTABLE', status: 'REJECTED' })
})

test('a repeat with its idempotency key is the first command, for its caller alone, also after a restart', async () => {
  const withKey = (more: object = {}) =>
    caller.ask('command.request', { command: 'reboot', idempotencyKey: 'k', ...more }, 'd1')
  const [first, second] = await Promise.all([withKey(), withKey()])
  expect(second).toEqual(first)
  const reused = { error: 'ERR_IDEMPOTENCY_KEY_REUSED', status: 'REJECTED' }
  expect(await withKey({ command: 'setPowerPct', params: { pct: 1 } })).toEqual(reused)
  await bench.stopOrk(site)
  site = await bench.startOrk(rosterOf([entryOf(node, 'w1')], ['app-node', 'noc']))
  await clock.advance(500)
  caller = await bench.connect()
  expect(await withKey()).toEqual(first)
  caller = await bench.connect('noc')
  expect((await withKey())['commandId']).not.toBe(first['commandId'])
  await clock.advance(10)
  expect(worker.ran).toEqual(['reboot', 'reboot'])
})

test('a key whose command was rejected is free', async () => {
  bench.store.writable = false
  const withKey = () => caller.ask('command.request', { command: 'reboot', idempotencyKey: 'k' }, 'd1')
  expect(await withKey()).toMatchObject({ status: 'REJECTED' })
  bench.store.writable = true
  expect(await withKey()).toMatchObject({ status: 'QUEUED' })
})

test('a command that is too large to be kept for long is refused', async () => {
  worker.contract = { metadata: {}, capabilities: {} }
  worker.pong = { ...worker.pong, revision: 'r2' }
  await clock.advance(500)
  const params = { text: 'x'.repeat(200_000) }
  expect(await caller.ask('command.request', { command: 'write', params }, 'd1')).toEqual({
    error: 'ERR_REQUEST_TOO_LARGE',
    status: 'REJECTED',
  })
})

test('a command that ends while ORK is being stopped has its result after the restart', async () => {
  worker.onCommand = async () => {
    await clock.sleep(1_500)
    return { result: { ok: true } }
  }
  const { commandId } = await reboot()
  await clock.advance(10)
  await bench.stopOrk(site)
  await bench.startOrk(rosterOf([entryOf(node, 'w1')]))
  caller = await bench.connect()
  expect(await statusOf(commandId)).toMatchObject({ status: 'SUCCESS', result: { ok: true } })
})

test('metrics tell how many commands wait and how many are under way', async () => {
  await commandThatWaits()
  const text = await site.registry.metrics()
  expect(text).toContain('mdk_ork_commands_waiting 1')
  expect(text).toContain('mdk_ork_commands_in_flight 1')
})

test('a command that cannot be written down is not accepted', async () => {
  bench.store.writable = false
  expect(await reboot()).toEqual({ error: 'ERR_STORE_FAILED', status: 'REJECTED' })
  await clock.advance(10)
  expect(worker.ran).toEqual([])
})

test('a cancellation that cannot be written down leaves the command QUEUED, and it can be cancelled when it can', async () => {
  const commandId = await commandThatWaits()
  bench.store.writable = false
  expect(await caller.ask('command.cancel', { commandId })).toEqual({ error: 'ERR_STORE_FAILED' })
  expect(await statusOf(commandId)).toMatchObject({ status: 'QUEUED' })
  bench.store.writable = true
  expect(await caller.ask('command.cancel', { commandId })).toEqual({ commandId, cancelled: true })
  expect(await statusOf(commandId)).toMatchObject({ status: 'FAILED', error: 'ERR_CANCELLED' })
})

test('a command expires when that can be written down, and until then nobody is told that it was not sent', async () => {
  const commandId = await commandThatWaits()
  network.cut(node.publicKey)
  bench.store.writable = false
  await clock.advance(70_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'QUEUED' })
  bench.store.writable = true
  await clock.advance(1_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'FAILED', error: 'ERR_WORKER_NOT_ROUTABLE' })
})

test('a command whose sending cannot be written down is not sent until it can', async () => {
  const commandId = await commandThatWaits()
  bench.store.writable = false
  worker.silentOn.clear()
  await clock.advance(35_000)
  // The command before it.
  expect(worker.ran).toEqual(['reboot'])
  expect(await statusOf(commandId)).toMatchObject({ status: 'QUEUED' })
  bench.store.writable = true
  await clock.advance(1_000)
  expect(await statusOf(commandId)).toMatchObject({ status: 'SUCCESS' })
  expect(worker.ran).toEqual(['reboot', 'reboot'])
})

test('what a command came to is written as soon as it can be, so that a restart finds it', async () => {
  worker.onCommand = () => {
    bench.store.writable = false
    return Promise.resolve({ result: { ok: true } })
  }
  const { commandId } = await reboot()
  await clock.advance(2_000)
  bench.store.writable = true
  await clock.advance(1_000)
  await bench.killOrk(site)
  await bench.startOrk(rosterOf([entryOf(node, 'w1')]))
  caller = await bench.connect()
  expect(await statusOf(commandId)).toMatchObject({ status: 'SUCCESS', result: { ok: true } })
})

test('every answer has the fields of its golden reply', async () => {
  const commandId = await commandThatWaits()
  const asked: readonly [string, object][] = [
    ['worker.list', {}],
    ['device.capabilities', {}],
    ['telemetry.pull', { query: { type: 'metrics' } }],
    ['state.pull', {}],
    ['command.request', { command: 'reboot' }],
    ['command.status', { commandId }],
    ['command.cancel', { commandId }],
    ['worker.terminate', { workerId: 'w1' }],
  ]
  for (const [action, payload] of asked) {
    const reply = await caller.ask(action, payload, 'd1')
    expect(missingOf(readGolden('ork', action).reply, reply), action).toEqual([])
    const [golden, worker] = [readGolden('ork', action).reply['workers'], reply['workers']] as object[][]
    if (golden !== undefined) expect(missingOf({ ...golden[0] }, { ...worker?.[0] })).toEqual([])
  }
})
