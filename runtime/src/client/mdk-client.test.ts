import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemoryBench } from '../../test/ork/memory-bench.ts'
import type { ScriptedWorker } from '../../test/ork/scripted-worker.ts'
import { entryOf, pairOf, rosterOf, type TestSite } from '../../test/ork/test-site.ts'
import type { NetworkNode } from '../net/network-node.ts'
import { createMdkClient, type MdkClient } from './mdk-client.ts'

/** The client and a real ORK on a network in memory, which is one of the client's three transports. */
let bench: MemoryBench
let site: TestSite
let worker: ScriptedWorker
let workerNode: NetworkNode
let client: MdkClient

const roster = () => rosterOf([entryOf(workerNode, 'w1')], ['client'])
const ork = { publicKey: pairOf('ork').publicKey }

beforeEach(async () => {
  bench = new MemoryBench()
  ;({ worker, node: workerNode } = await bench.startWorker('w1', ['d1', 'd2']))
  site = await bench.startOrk(roster())
  await bench.clock.advance(500)
  client = clientNamed('client')
})
afterEach(async () => {
  await client.close()
  await bench.close()
})

function clientNamed(name: string): MdkClient {
  const node = bench.network.join(pairOf(name))
  return createMdkClient({ node, ork, sender: name, clock: bench.clock, random: () => 0 })
}

/** Lets time pass until the promise has settled; fails after `limitMs` of it. */
async function soon<Value>(promise: Promise<Value>, limitMs = 60_000): Promise<Value> {
  const state = { settled: false }
  const settle = () => void (state.settled = true)
  promise.then(settle, settle)
  for (let passedMs = 0; !state.settled && passedMs < limitMs; passedMs += 50) await bench.clock.advance(50)
  expect(state.settled, `settled in ${limitMs} ms`).toBe(true)
  return promise
}

describe('reaching ORK', () => {
  it('connects, and says that it is', async () => {
    expect(client.connection()).toEqual({ kind: 'keyless' })
    expect(await soon(client.connect())).toEqual({ kind: 'ok', value: undefined })
    expect(client.connection()).toEqual({ kind: 'connected' })
  })

  it('begins with any call', async () => {
    expect(await soon(client.listWorkers())).toMatchObject({ kind: 'ok', value: [{ workerId: 'w1' }] })
  })

  it('says by a code that ORK was not reached in time, and reaches it when it is there', async () => {
    bench.network.cut(ork.publicKey)
    expect(await soon(client.connect({ timeoutMs: 2_000 }), 2_100)).toMatchObject({ code: 'ERR_ORK_UNREACHABLE' })
    bench.network.restore(ork.publicKey)
    expect(await soon(client.connect())).toMatchObject({ kind: 'ok' })
  })

  it('finds the ORK that comes after one that was killed, and asks it what it was asked meanwhile', async () => {
    await soon(client.connect())
    await bench.killOrk(site)
    const asked = client.getStatus()
    await bench.startOrk(roster())
    expect(await soon(asked)).toMatchObject({ kind: 'ok', value: { totalDevices: 2 } })
  })

  it('ends every call in its time when ORK freezes', async () => {
    await soon(client.connect())
    bench.network.freeze(ork.publicKey)
    const limit = { timeoutMs: 300 }
    const all = Promise.all([
      client.listWorkers(limit),
      client.getStatus(limit),
      client.getCapabilities('d1', limit),
      client.pullTelemetry('d1', 'power', limit),
      client.pullState('d1', limit),
      client.pullWorkerTelemetry('w1', {}, limit),
      client.pullSiteTelemetry({}, limit),
      client.commandStatus('c', limit),
      client.terminateWorker('w1', limit),
      client.getWorkerKey('w1', limit),
      client.waitForCommand('c', limit),
      client.waitForWorkers(limit),
      client.waitForDevice('d1', limit),
    ])
    expect((await soon(all, 400)).filter(({ kind }) => kind === 'ok')).toEqual([])
  })

  it('does not know the fate of a command that ORK got and did not answer', async () => {
    await soon(client.connect())
    bench.network.freeze(ork.publicKey)
    const sent = client.sendCommand('d1', 'reboot', {}, { timeoutMs: 300 })
    expect(await soon(sent, 400)).toMatchObject({ code: 'ERR_COMMAND_FATE_UNKNOWN' })
  })

  it('fails calls after it was closed, and dials nobody', async () => {
    await soon(client.connect())
    await client.close()
    expect(await soon(client.listWorkers({ timeoutMs: 100 }), 200)).toMatchObject({ code: 'ERR_ORK_UNREACHABLE' })
    expect(client.connection().kind).toBe('dialling')
  })
})

describe('what a site has', () => {
  it('gives workers with their devices counted, as upstream does', async () => {
    expect(await soon(client.getStatus())).toMatchObject({
      kind: 'ok',
      value: {
        workers: [{ workerId: 'w1', state: 'READY', healthState: 'HEALTHY', deviceIds: ['d1', 'd2'], deviceCount: 2 }],
        totalDevices: 2,
      },
    })
  })

  it('gives telemetry, state, capabilities and the key of a worker', async () => {
    expect(await soon(client.pullTelemetry('d1'))).toMatchObject({ value: { metrics: { power: 3000 } } })
    expect(await soon(client.pullTelemetry('d1', 'power'))).toMatchObject({ value: { query: { type: 'power' } } })
    expect(await soon(client.pullState('d1'))).toMatchObject({ value: { state: { d2: { status: 'online' } } } })
    expect(await soon(client.getCapabilities('d1'))).toMatchObject({
      value: { commands: [{ name: 'reboot' }, {}, {}] },
    })
    expect(await soon(client.getWorkerKey('w1'))).toEqual({ kind: 'ok', value: pairOf('w1').publicKey })
  })

  it.each([
    ['a device that nobody has', () => client.pullTelemetry('nobody'), 'ERR_DEVICE_NOT_FOUND'],
    ['a command that nobody knows', () => client.commandStatus('nobody'), 'ERR_COMMAND_NOT_FOUND'],
    ['a command that was never accepted', () => client.waitForCommand('nobody'), 'ERR_COMMAND_NOT_FOUND'],
    ['a worker that is not registered', () => client.getWorkerKey('nobody'), 'ERR_MDK_WORKER_KEY_UNKNOWN'],
    ['a command that the device has not', () => client.sendCommand('d1', 'dance'), 'ERR_COMMAND_NOT_IN_CAPABILITIES'],
  ])('tells of %s by its code', async (_, call, code) => {
    expect(await soon<unknown>(call())).toMatchObject({ kind: 'failed', code })
  })

  it('reads all devices of a worker, and of all workers, by one request to each', async () => {
    const { node } = await bench.startWorker('w2', ['d3'])
    await site.setRoster(rosterOf([entryOf(workerNode, 'w1'), entryOf(node, 'w2')], ['client']))
    await soon(client.waitForWorkers({ count: 2 }))
    const devices = ['d1', 'd2'].map((deviceId) => ({ deviceId, metrics: { power: 3000 } }))
    expect(await soon(client.pullWorkerTelemetry('w1'))).toEqual({ kind: 'ok', value: { devices, timestamp: 1 } })
    expect(worker.asked.get('telemetry.pull')).toBe(1)
    worker.onTelemetry = () => Promise.resolve({ devices: [], timestamp: 2 })
    expect(await soon(client.pullSiteTelemetry('metrics'))).toMatchObject({
      kind: 'ok',
      value: [
        { workerId: 'w1', telemetry: { kind: 'ok', value: { devices: [], timestamp: 2 } } },
        { workerId: 'w2', telemetry: { kind: 'ok', value: { devices: [{ deviceId: 'd3' }] } } },
      ],
    })
  })

  it('gives a failure in the place of a worker that does not answer, or not as the protocol has it', async () => {
    const { node } = await bench.startWorker('w2', ['d3'])
    await site.setRoster(rosterOf([entryOf(workerNode, 'w1'), entryOf(node, 'w2')], ['client']))
    await soon(client.waitForWorkers({ count: 2 }))
    worker.onTelemetry = () => Promise.resolve({ devices: ['nonsense'] })
    bench.network.cut(node.publicKey)
    await bench.clock.advance(500)
    const answer = await soon(client.pullSiteTelemetry())
    expect(answer.kind === 'ok' && answer.value.map(({ telemetry }) => telemetry)).toMatchObject([
      { kind: 'failed', code: 'ERR_INTERNAL' },
      { kind: 'failed', code: 'ERR_WORKER_NOT_ROUTABLE' },
    ])
    expect(await soon(client.pullWorkerTelemetry('w2'))).toMatchObject({ code: 'ERR_WORKER_NOT_ROUTABLE' })
    expect(await soon(client.pullWorkerTelemetry('nobody'))).toMatchObject({ code: 'ERR_WORKER_NOT_FOUND' })
  })

  it('takes a worker out of the registry', async () => {
    expect(await soon(client.terminateWorker('w1'))).toEqual({
      kind: 'ok',
      value: { status: 'TERMINATED', workerId: 'w1' },
    })
  })
})

describe('waiting', () => {
  it('resolves when as many workers serve as are wanted', async () => {
    const waiting = client.waitForWorkers({ count: 2, intervalMs: 100 })
    await bench.clock.advance(1_000)
    const { node } = await bench.startWorker('w2', ['d3'])
    await site.setRoster(rosterOf([entryOf(workerNode, 'w1'), entryOf(node, 'w2')], ['client']))
    expect(await soon(waiting)).toMatchObject({ kind: 'ok', value: [{ workerId: 'w1' }, { workerId: 'w2' }] })
  })

  it('does not count a worker without devices, unless it is told to', async () => {
    await bench.startWorker('w2', []).then(({ node }) => site.setRoster(rosterOf([entryOf(node, 'w2')], ['client'])))
    expect(await soon(client.waitForWorkers({ timeoutMs: 3_000 }))).toMatchObject({
      code: 'ERR_MDK_WAIT_WORKERS_TIMEOUT',
      message: 'not in 3000 ms: 0 of 1 workers serve',
    })
    expect(await soon(client.waitForWorkers({ requireDevices: false }))).toMatchObject({ kind: 'ok' })
  })

  it('resolves with the worker of a device when it has it', async () => {
    const waiting = client.waitForDevice('d9', { workerId: 'w1', intervalMs: 100 })
    await bench.clock.advance(1_000)
    worker.devices = ['d1', 'd9']
    worker.pong = { ...worker.pong, revision: 'r2' }
    expect(await soon(waiting)).toMatchObject({ kind: 'ok', value: { workerId: 'w1' } })
  })

  it('ends with the client, also in the middle of a question', async () => {
    const waiting = client.waitForWorkers({ count: 2, timeoutMs: 60_000 })
    await bench.clock.advance(300)
    await client.close()
    expect(await soon(waiting, 50)).toMatchObject({ code: 'ERR_ORK_UNREACHABLE' })
    const other = clientNamed('client')
    await soon(other.connect())
    bench.network.freeze(ork.publicKey)
    const asking = other.waitForDevice('nobody', { timeoutMs: 60_000 })
    await bench.clock.advance(100)
    await other.close()
    expect(await soon(asking, 50)).toMatchObject({ code: 'ERR_ORK_UNREACHABLE' })
  })

  it.each([
    ['nobody', {}, 'not in 2000 ms: no registered worker has the device nobody'],
    ['d1', { workerId: 'w2' }, 'not in 2000 ms: the device d1 is one of w1, not of w2'],
  ])('says what there was instead of the device %s', async (deviceId, wanted, message) => {
    const answer = await soon(client.waitForDevice(deviceId, { ...wanted, timeoutMs: 2_000 }))
    expect(answer).toMatchObject({ code: 'ERR_MDK_WAIT_DEVICE_TIMEOUT', message })
  })
})

describe('commands', () => {
  async function send(command = 'reboot'): Promise<string> {
    const sent = await soon(client.sendCommand('d1', command))
    expect(sent).toMatchObject({ kind: 'ok', value: { status: 'QUEUED' } })
    return sent.kind === 'ok' ? sent.value.commandId : ''
  }

  it('follows one to its end with a single question', async () => {
    const { promise, resolve } = Promise.withResolvers<object>()
    worker.onCommand = () => promise
    const commandId = await send()
    const waiting = client.waitForCommand(commandId)
    await bench.clock.advance(5_000)
    resolve({ result: { ok: true } })
    expect(await soon(waiting, 50)).toMatchObject({ value: { status: 'SUCCESS', result: { ok: true }, error: null } })
  })

  it('gives the error of one that failed as a code and a sentence', async () => {
    worker.onCommand = () => Promise.resolve({ status: 'FAILED', error: 'ERR_DEVICE_UNAVAILABLE: d1' })
    expect(await soon(client.waitForCommand(await send()))).toMatchObject({
      kind: 'ok',
      value: { status: 'FAILED', error: { code: 'ERR_DEVICE_UNAVAILABLE' } },
    })
  })

  it('says what a command is at that does not end in time', async () => {
    worker.silentOn.add('command.request')
    const answer = await soon(client.waitForCommand(await send(), { timeoutMs: 2_000 }), 2_100)
    expect(answer).toMatchObject({ code: 'ERR_MDK_WAIT_COMMAND_TIMEOUT' })
    expect(answer.kind === 'failed' && answer.message).toContain('it is EXECUTING')
  })

  it('hears of the end although ORK was killed meanwhile', async () => {
    worker.silentOn.add('command.request')
    const commandId = await send()
    const waiting = client.waitForCommand(commandId)
    await bench.clock.advance(1_000)
    await bench.killOrk(site)
    worker.forget()
    await bench.startOrk(roster())
    expect(await soon(waiting)).toMatchObject({
      value: { status: 'FAILED', error: { code: 'ERR_COMMAND_FATE_UNKNOWN' } },
    })
  })

  it('runs one by a single request, and gives its end', async () => {
    worker.onCommand = () => Promise.resolve({ result: { ok: true } })
    const before = client.runCommand('d1', 'reboot')
    expect(await soon(before, 1_000)).toMatchObject({ value: { status: 'SUCCESS', result: { ok: true }, error: null } })
    worker.onCommand = () => Promise.resolve({ status: 'FAILED', error: 'ERR_DEVICE_UNAVAILABLE: d1' })
    expect(await soon(client.runCommand('d1', 'reboot'))).toMatchObject({
      value: { status: 'FAILED', error: { code: 'ERR_DEVICE_UNAVAILABLE' } },
    })
    expect(await soon(client.runCommand('d9', 'reboot'))).toMatchObject({ code: 'ERR_DEVICE_NOT_FOUND' })
  })

  it('runs one once that takes longer than ORK waits', async () => {
    const { promise, resolve } = Promise.withResolvers<object>()
    worker.onCommand = () => promise
    const running = client.runCommand('d1', 'reboot')
    await bench.clock.advance(12_000)
    resolve({ result: { ok: true } })
    expect(await soon(running, 50)).toMatchObject({ value: { status: 'SUCCESS' } })
    expect(worker.ran).toHaveLength(1)
  })

  it('runs one once although ORK is killed meanwhile and away for long', async () => {
    const { promise, resolve } = Promise.withResolvers<object>()
    worker.onCommand = () => promise
    const running = client.runCommand('d1', 'reboot')
    await bench.clock.advance(1_000)
    await bench.killOrk(site)
    await bench.clock.advance(8_000)
    await bench.startOrk(roster())
    resolve({ result: { ok: true } })
    expect(await soon(running)).toMatchObject({ value: { status: 'SUCCESS', result: { ok: true } } })
    expect(worker.ran).toHaveLength(1)
  })

  it('names the key of one whose end it was not told in time', async () => {
    await soon(client.connect())
    bench.network.freeze(ork.publicKey)
    const options = { idempotencyKey: 'mine', timeoutMs: 2_000 }
    const answer = await soon(client.runCommand('d1', 'reboot', {}, options), 2_100)
    expect(answer).toMatchObject({ code: 'ERR_MDK_WAIT_COMMAND_TIMEOUT' })
    expect(answer.kind === 'failed' && answer.message).toContain('with the key mine: ORK did not answer in time')
  })

  it('is followed no longer when the client is closed', async () => {
    worker.silentOn.add('command.request')
    const commandId = await send()
    const ends = [client.waitForCommand(commandId), client.runCommand('d2', 'reboot')]
    await bench.clock.advance(1_000)
    await client.close()
    for (const end of ends) expect(await soon(end, 50)).toMatchObject({ code: 'ERR_ORK_UNREACHABLE' })
  })

  it('cancels one that has not been sent', async () => {
    worker.silentOn.add('command.request')
    await send()
    const commandId = await send()
    expect(await soon(client.cancelCommand(commandId))).toMatchObject({ value: { commandId, cancelled: true } })
    expect(await soon(client.waitForCommand(commandId))).toMatchObject({ value: { error: { code: 'ERR_CANCELLED' } } })
  })
})

describe('a worker asked without ORK', () => {
  it('runs a command of a client that it lets in, and its end is the answer', async () => {
    worker.admitted.add(pairOf('client').publicKey)
    worker.onCommand = () => Promise.resolve({ result: { ok: true } })
    expect(await soon(client.sendWorkerCommand('w1', 'd1', 'reboot'))).toMatchObject({
      kind: 'ok',
      value: { status: 'SUCCESS', result: { ok: true }, error: null },
    })
    worker.onCommand = () => Promise.resolve({ status: 'FAILED', error: 'ERR_DEVICE_UNAVAILABLE: d1' })
    expect(await soon(client.sendWorkerCommand('w1', 'd1', 'reboot'))).toMatchObject({
      value: { status: 'FAILED', error: { code: 'ERR_DEVICE_UNAVAILABLE' } },
    })
  })

  it('is not reached by a client that it does not let in', async () => {
    const code = 'ERR_WORKER_NOT_ROUTABLE'
    expect(await soon(client.sendWorkerCommand('w1', 'd1', 'reboot'))).toMatchObject({ kind: 'failed', code })
    expect(worker.ran).toEqual([])
  })
})

describe('watching', () => {
  it('gives the status at first and when it changes, that it cannot be had too, until it is told to end', async () => {
    const stop = new AbortController()
    const seen: unknown[] = []
    const watching = (async () => {
      for await (const answer of client.watchStatus({ signal: stop.signal })) {
        seen.push(answer.kind === 'ok' ? answer.value.totalDevices : answer.code)
      }
    })()
    await bench.clock.advance(5_000)
    worker.devices = ['d1']
    worker.pong = { ...worker.pong, revision: 'r2' }
    await bench.clock.advance(5_000)
    bench.network.cut(ork.publicKey)
    await bench.clock.advance(20_000)
    bench.network.restore(ork.publicKey)
    await bench.clock.advance(20_000)
    stop.abort()
    await soon(watching, 100)
    expect(seen).toEqual([2, 1, 'ERR_ORK_UNREACHABLE', 1])
  })

  it('ends with the client', async () => {
    const watch = client.watchStatus()
    expect(await soon(watch.next())).toMatchObject({ value: { kind: 'ok' } })
    const next = watch.next()
    await client.close()
    expect(await soon(next)).toEqual({ done: true, value: undefined })
  })
})
