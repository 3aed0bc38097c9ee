import { beforeEach, describe, expect, it } from 'vitest'
import { missingOf, readGolden } from '../../test/protocol/golden.ts'
import { deviceEntry, goodSnapshot, type ScriptedDevice, scriptedDevice } from '../../test/worker/scripted-device.ts'
import { type ScriptedJournal, scriptedJournal } from '../../test/worker/scripted-journal.ts'
import { simulatedDriver } from '../drivers/simulated/driver.ts'
import { manualClock } from '../machine/manual-clock.ts'
import { envelopesOf } from '../protocol/envelope.ts'
import { type AnsweringPorts, answerFrame } from './answering.ts'
import { createCommands } from './commands.ts'
import { createDeviceRuns } from './device-runs.ts'
import { createDeviceSet, type DeviceSet } from './device-set.ts'
import { hostDevice } from './hosted-device.ts'
import { type KeptMemory, keepMemory } from './memory/keep-memory.ts'
import { ownContract } from './own-contract.ts'

const clock = manualClock(1_700_000_000_000)
let scripted: ScriptedDevice
let devices: DeviceSet
let journal: ScriptedJournal
let memory: KeptMemory
let ports: AnsweringPorts
beforeEach(async () => {
  scripted = scriptedDevice()
  devices = createDeviceSet({
    host: (entry) => hostDevice(entry, { kind: 'ok', value: scripted }, { clock, onRead: () => undefined }),
    care: () => () => undefined,
  })
  devices.apply([deviceEntry('r.a')], 'rev-1')
  const contract = ownContract(simulatedDriver, 'X1')
  journal = scriptedJournal()
  memory = await keepMemory({
    open: () => journal.open(),
    clock,
    random: () => 0,
    newId: () => 'instance-1',
    onWrite: () => undefined,
  })
  const runs = createDeviceRuns({
    declared: contract.capabilities.commands,
    find: (id) => devices.find(id),
    memory: () => memory.current(),
    onRun: () => undefined,
    onRepeat: () => undefined,
    onBug: () => undefined,
  })
  ports = {
    workerId: 'w-1',
    contract,
    channels: { ...simulatedDriver.channels, power: 'stats.power_w' },
    devices,
    commands: createCommands({
      workerId: 'w-1',
      runs,
      deviceIds: () => devices.list().map(({ entry }) => entry.id),
      clock,
    }),
    envelopes: envelopesOf('w-1', { newId: () => 'id-of-the-reply', now: () => clock.now() }),
    memory,
    processId: 'process-1',
    now: () => clock.now(),
  }
})

async function answer(message: unknown): Promise<Record<string, unknown>> {
  const frame = await answerFrame(ports, Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)))
  return JSON.parse(frame.toString()) as Record<string, unknown>
}

const request = (action: string, payload: object = {}, deviceId: string | null = null) => ({
  id: 'q',
  version: '0.1.0',
  type: 'request',
  action,
  sender: 'ork:kernel:default',
  target: 'w-1',
  deviceId,
  timestamp: 1,
  payload,
})
const payloadOf = async (action: string, payload: object = {}, deviceId: string | null = null) =>
  (await answer(request(action, payload, deviceId)))['payload']

describe('answers of a worker', () => {
  it('are envelopes back to the sender, about the same device, under the action of the reply', async () => {
    expect(await answer(request('health.ping', {}, 'r.a'))).toEqual({
      id: 'id-of-the-reply',
      version: expect.any(String) as string,
      type: 'response',
      action: 'health.pong',
      sender: 'w-1',
      target: 'ork:kernel:default',
      deviceId: 'r.a',
      timestamp: 1_700_000_000_000,
      payload: { status: 'OK', revision: 'rev-1', instanceId: 'instance-1', processId: 'process-1' },
    })
  })

  it.each([
    ['identity.request', {}],
    ['capability.request', {}],
    ['health.ping', {}],
    ['state.pull', {}],
    ['telemetry.pull', { query: { type: 'metrics' } }],
    ['command.request', { commandId: 'c1', command: 'reboot', params: {} }],
  ])('have the fields of the golden reply to %s', async (action, payload) => {
    const { reply } = readGolden('worker', action)
    const sent = await answer(request(action, payload, 'r.a'))
    expect(missingOf({ ...reply, target: null }, sent)).toEqual([])
    expect(sent['action']).toBe(reply['action'])
    const [golden, payloadSent] = [reply['payload'], sent['payload']] as Record<string, unknown>[]
    expect(missingOf({ ...golden }, { ...payloadSent })).toEqual([])
  })

  it('tell what an upstream kernel sends apart by its action alone', async () => {
    expect(await answer({ action: 'health.ping' })).toMatchObject({ action: 'health.pong', payload: { status: 'OK' } })
    expect(await answer({ ...request('health.ping'), type: 'event', timestamp: 0, payload: null })).toMatchObject({
      action: 'health.pong',
    })
  })

  it('name what nobody understands, under its own action', async () => {
    expect(await answer(request('worker.list'))).toMatchObject({
      type: 'response',
      action: 'worker.list',
      payload: { error: 'ERR_UNKNOWN_ACTION: worker.list' },
    })
    expect(await answer(request('toString'))).toMatchObject({ payload: { error: 'ERR_UNKNOWN_ACTION: toString' } })
    expect(await answer('no json')).toEqual({ error: 'ERR_REQUEST_INVALID' })
    expect(await answer('[]')).toEqual({ error: 'ERR_ENVELOPE_NOT_OBJECT' })
    expect(await answer({ id: 'x' })).toEqual({ error: 'ERR_ENVELOPE_ACTION_INVALID' })
  })

  it('say who the worker is and what its devices can do', async () => {
    expect(await payloadOf('identity.request')).toEqual({
      workerId: 'w-1',
      driver: 'simulated',
      model: 'X1',
      devices: [{ deviceId: 'r.a' }],
      processId: 'process-1',
    })
    expect(await payloadOf('capability.request')).toMatchObject({
      contract: { metadata: { driver: 'simulated', model: 'X1', modelsSupported: ['X1'] }, capabilities: {} },
    })
  })

  it('carry no revision before there was a device list', async () => {
    ports = { ...ports, devices: createDeviceSet({ host: () => expect.fail(), care: () => () => undefined }) }
    expect(await payloadOf('health.ping')).toEqual({ status: 'OK', instanceId: 'instance-1', processId: 'process-1' })
    expect(await payloadOf('identity.request')).toMatchObject({ devices: [] })
  })

  it('name every device, however many there are', async () => {
    const entries = Array.from({ length: 500 }, (_, n) => deviceEntry(`r.${String(n).padStart(3, '0')}`))
    devices.apply(entries, 'rev-2')
    const { devices: named } = (await payloadOf('identity.request')) as { devices: unknown }
    expect(named).toEqual(entries.map(({ id }) => ({ deviceId: id })))
  })

  it('say DEGRADED while a device is away, and OK when it is back', async () => {
    scripted.fail('unreachable')
    await devices.find('r.a')?.observe()
    expect(await payloadOf('health.ping')).toMatchObject({ status: 'DEGRADED' })
    scripted.fail(null)
    await devices.find('r.a')?.observe()
    expect(await payloadOf('health.ping')).toMatchObject({ status: 'OK' })
  })

  it('say DEGRADED and why while commands cannot be written down, and keep the name of the memory that is there', async () => {
    journal.writable = false
    await payloadOf('command.request', { commandId: 'c1', command: 'reboot', params: {} }, 'r.a')
    expect(await payloadOf('health.ping')).toEqual({
      status: 'DEGRADED',
      instanceId: 'instance-1',
      processId: 'process-1',
      revision: 'rev-1',
      problem: "it runs no commands, as it can't write them down: the disk is full",
    })
  })

  it('name no memory while there is none', async () => {
    ports = { ...ports, memory: { current: () => null, problem: () => 'the folder is held' } }
    expect(await payloadOf('health.ping')).not.toHaveProperty('instanceId')
  })

  it('give the state of the whole worker, whatever device is named', async () => {
    const state = { 'r.a': { status: 'unknown', since: clock.now() } }
    expect(await payloadOf('state.pull', {}, 'r.zzz')).toEqual({ state, workerId: 'w-1', deviceCount: 1 })
  })
})

describe('telemetry of a worker', () => {
  const pull = (query: unknown, deviceId: string | null = 'r.a') => payloadOf('telemetry.pull', { query }, deviceId)
  const timestamp = 1_700_000_000_000

  it('is read from the device when asked, for an empty query, its type, and a bare text alike', async () => {
    const metrics = { deviceId: 'r.a', metrics: goodSnapshot, timestamp }
    for (const query of [{}, { type: 'metrics' }, 'metrics', null, undefined])
      expect(await pull(query)).toEqual(metrics)
    expect(await payloadOf('telemetry.pull', { deviceId: 'r.a', query: {} })).toEqual(metrics)
    expect(scripted.reads()).toBe(1)
  })

  it('of the whole worker is what was read last, without asking the devices', async () => {
    expect(await pull({}, null)).toMatchObject({
      devices: [{ deviceId: 'r.a', readAt: null, metrics: { success: false } }],
    })
    await devices.find('r.a')?.observe()
    expect(await pull({}, null)).toEqual({
      devices: [{ deviceId: 'r.a', metrics: goodSnapshot, readAt: timestamp }],
      timestamp,
    })
    expect(scripted.reads()).toBe(1)
  })

  it('of a device that cannot be read is its offline snapshot with the reason and a code', async () => {
    scripted.fail('unreachable')
    expect(await pull({})).toEqual({
      deviceId: 'r.a',
      error: 'ERR_DEVICE_UNAVAILABLE: r.a: the device is unreachable',
      metrics: {
        success: false,
        raw_errors: [{ name: 'offline', message: 'the device is unreachable' }],
        stats: { status: 'offline' },
        config: {},
      },
      timestamp,
    })
    expect(await pull({ type: 'power' })).toEqual({
      deviceId: 'r.a',
      error: 'ERR_DEVICE_UNAVAILABLE: r.a: the device is unreachable',
    })
  })

  it.each([
    [{ type: 'power' }, { name: 'power', value: 3_000 }],
    [{ type: 'uptime' }, { name: 'uptime', value: null }],
    [{ type: 'list' }, { devices: [{ deviceId: 'r.a', status: 'unknown' }] }],
    [{ type: 'count' }, { count: 1 }],
  ])('answers %j with %j', async (query, result) => {
    expect(await pull(query)).toEqual({ deviceId: 'r.a', ...result, timestamp })
  })

  it('has the worker’s metadata as its configuration', async () => {
    expect(await pull({ type: 'config' }, null)).toMatchObject({
      config: { workerId: 'w-1', contract: { brand: 'Simulated' } },
    })
  })

  it.each([
    [{ type: 'logs' }, 'r.a', 'ERR_UNKNOWN_QUERY_TYPE: logs'],
    [{ type: 'constructor' }, 'r.a', 'ERR_UNKNOWN_QUERY_TYPE: constructor'],
    [{ type: { toString: null } }, 'r.a', 'ERR_UNKNOWN_QUERY_TYPE: the type is not a text'],
    [{ type: 'power' }, null, 'ERR_DEVICE_ID_REQUIRED: power'],
    [{ type: 'power' }, 'r.b', 'ERR_DEVICE_NOT_FOUND: r.b'],
    [{}, 'r.b', 'ERR_DEVICE_NOT_FOUND: r.b'],
  ])('refuses %j about %s with %s and no timestamp', async (query, deviceId, error) => {
    expect(await pull(query, deviceId)).toEqual(deviceId === null ? { error } : { deviceId, error })
  })
})
