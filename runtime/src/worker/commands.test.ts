import { beforeEach, describe, expect, it } from 'vitest'
import { type CommandBench, commandBench, ownId } from '../../test/worker/command-bench.ts'
import type { ScriptedDevice } from '../../test/worker/scripted-device.ts'
import type { DeviceOutcome } from '../protocol/payloads.ts'

const ids = ['r.a', 'r.b', 'r.c']
let bench: CommandBench
beforeEach(async () => {
  bench = await commandBench(ids)
})
const device = (id: string): ScriptedDevice => bench.devices.get(id) ?? expect.fail(`no device ${id}`)
const counts = () => [...bench.devices.values()].map(({ executed }) => executed.length)
const run = (payload: object, deviceId: string | null = null) => bench.commands.run(deviceId, { ...payload })
const rack = { commandId: '1', command: 'reboot', params: {}, scope: 'rack', workerId: ownId }
const again = () => ({ repeat: { instanceId: bench.memory.current()?.instanceId, ageMs: 1_000 } })
const outcomesOf = (result: unknown) => (result as { devices: readonly DeviceOutcome[] }).devices

describe('a command for many devices', () => {
  it.each(['worker', 'rack'])('of scope %s without targets runs on every device of the worker', async (scope) => {
    const done = ids.map((deviceId) => ({ deviceId, status: 'SUCCESS', result: { done: 'reboot' } }))
    expect(await run({ ...rack, scope })).toEqual({ commandId: '1', status: 'SUCCESS', result: { devices: done } })
    expect(counts()).toEqual([1, 1, 1])
  })

  it('runs on its targets, each once however often it is named, and says of each what it came to', async () => {
    device('r.c').fail('refused')
    const result = await run({ ...rack, targets: ['r.c', 'r.a', 'r.c', 'r.x'] })
    expect(result).toEqual({
      commandId: '1',
      status: 'FAILED',
      error: 'ERR_TARGETS_FAILED: 2 of 3 devices: r.c (ERR_COMMAND_FAILED), r.x (ERR_DEVICE_NOT_FOUND)',
      result: {
        devices: [
          { deviceId: 'r.c', status: 'FAILED', error: 'ERR_COMMAND_FAILED: the device is refused' },
          { deviceId: 'r.a', status: 'SUCCESS', result: { done: 'reboot' } },
          { deviceId: 'r.x', status: 'FAILED', error: 'ERR_DEVICE_NOT_FOUND: r.x' },
        ],
      },
    })
    expect(counts()).toEqual([1, 0, 1])
  })

  it('names five of the devices that it failed on, and how many more there are', async () => {
    for (let n = 0; n < 10; n += 1) bench.devices.set(`r.n${n}`, bench.devices.get('r.a')!)
    device('r.a').fail('unreachable')
    const { error } = await run({ ...rack, targets: Array.from({ length: 10 }, (_, n) => `r.n${n}`) })
    expect(error).toMatch(
      /^ERR_TARGETS_FAILED: 10 of 10 devices: (r\.n\d \(ERR_DEVICE_UNAVAILABLE\)(, )?){5} and 5 more$/,
    )
  })

  it.each([
    ['in time', undefined, 12_001],
    ['while its caller waits', { timeoutMs: 5_000 }, 2_001],
  ])('is sent to 64 devices at a time, and to none that could not begin %s', async (_, terms, lateMs) => {
    bench = await commandBench(Array.from({ length: 100 }, (_, n) => `r.${String(n).padStart(2, '0')}`))
    for (const { hold } of bench.devices.values()) hold()
    const running = bench.commands.run(null, rack, terms)
    await bench.clock.advance(0)
    expect(counts().filter((count) => count === 1)).toHaveLength(64)
    await bench.clock.advance(lateMs)
    for (const { release } of bench.devices.values()) release()
    const { error, result } = await running
    expect(error).toMatch(/^ERR_TARGETS_FAILED: 36 of 100 devices: r\.64 \(ERR_COMMAND_EXPIRED\)/)
    expect(outcomesOf(result).filter(({ status }) => status === 'SUCCESS')).toHaveLength(64)
    expect(counts().filter((count) => count === 1)).toHaveLength(64)
  })

  it.each<[string, object, string]>([
    ['no worker', { workerId: undefined }, 'ERR_PAYLOAD_WORKER_ID_REQUIRED'],
    ['another worker', { workerId: 'w-2' }, 'ERR_WORKER_NOT_FOUND: this worker is w-1'],
    ['a scope that nobody knows', { scope: 'site' }, 'ERR_PAYLOAD_SCOPE_INVALID'],
    ['no target in its list', { targets: [] }, 'ERR_DEVICE_ID_REQUIRED'],
    ['targets that are no list', { targets: 'r.a' }, 'ERR_PAYLOAD_TARGETS_INVALID'],
    ['targets that are null', { targets: null }, 'ERR_PAYLOAD_TARGETS_INVALID'],
    ['a target that is no name', { targets: ['r.a', 7] }, 'ERR_PAYLOAD_TARGET_INVALID at index 1'],
    ['the scope of one device, and none', { scope: 'device' }, 'ERR_DEVICE_ID_REQUIRED'],
    ['no scope, and no device', { scope: undefined, targets: ids }, 'ERR_DEVICE_ID_REQUIRED'],
  ])('that names %s touches no device', async (_, change, error) => {
    expect(await run({ ...rack, ...change })).toEqual({ commandId: '1', status: 'FAILED', error })
    expect(counts()).toEqual([0, 0, 0])
  })

  it('fails on a worker without devices', async () => {
    bench = await commandBench([])
    expect(await run(rack)).toMatchObject({
      status: 'FAILED',
      error: 'ERR_DEVICE_NOT_FOUND: the worker has no devices',
    })
  })
})

describe('each device runs a command for many once', () => {
  it('when the repeat comes while the first runs', async () => {
    device('r.b').hold()
    const [first, meanwhile] = [run(rack), run({ ...rack, ...again() })]
    await bench.clock.advance(0)
    device('r.b').release()
    expect(await meanwhile).toBe(await first)
    expect(counts()).toEqual([1, 1, 1])
  })

  it('when the worker is killed in the middle: the next process does what was not begun, and does not know the rest', async () => {
    device('r.b').hold()
    void run({ ...rack, targets: ['r.a', 'r.b'] })
    await bench.clock.advance(0)
    await bench.restart()
    device('r.b').release()
    const { status, result } = await run({ ...rack, ...again() })
    expect(status).toBe('FAILED')
    expect(outcomesOf(result)).toMatchObject([
      { deviceId: 'r.a', status: 'SUCCESS' },
      { deviceId: 'r.b', status: 'FAILED', error: expect.stringMatching(/^ERR_COMMAND_FATE_UNKNOWN: /) as string },
      { deviceId: 'r.c', status: 'SUCCESS' },
    ])
    expect(counts()).toEqual([1, 1, 1])
  })

  it('and on a full disk none is touched, and each says why', async () => {
    bench.journal.writable = false
    const { result } = await run(rack)
    expect(outcomesOf(result).map(({ error }) => error?.split(':')[0])).toEqual(
      ids.map(() => 'ERR_WORKER_STORE_FAILED'),
    )
    expect(counts()).toEqual([0, 0, 0])
  })
})

describe('a command id', () => {
  it.each<[object, string]>([
    [{}, 'ERR_COMMAND_ID_REQUIRED'],
    [{ commandId: '' }, 'ERR_COMMAND_ID_REQUIRED'],
    [{ commandId: 7 }, 'ERR_COMMAND_ID_REQUIRED'],
    [{ commandId: 'two words' }, 'ERR_REQUEST_INVALID'],
    [{ commandId: 'x'.repeat(129) }, 'ERR_REQUEST_INVALID'],
  ])('as in %j is none, and nothing is run', async (payload, code) => {
    const { status, error } = await run({ command: 'reboot', ...payload }, 'r.a')
    expect([status, error?.split(':')[0]]).toEqual(['FAILED', code])
    expect(counts()).toEqual([0, 0, 0])
  })
})
