import { beforeEach, describe, expect, it } from 'vitest'
import { type CommandBench, commandBench } from '../../test/worker/command-bench.ts'
import type { ScriptedDevice } from '../../test/worker/scripted-device.ts'
import type { DeviceFailure } from '../drivers/device-error.ts'
import type { CommandResult } from '../protocol/payloads.ts'

let bench: CommandBench
let device: ScriptedDevice
beforeEach(async () => {
  bench = await commandBench(['r.a'])
  device = bench.devices.get('r.a')!
})
const run = (payload: object, deviceId: string | null = 'r.a') => bench.commands.run(deviceId, { ...payload })
const reboot = (commandId: string, more: object = {}) => run({ commandId, command: 'reboot', params: {}, ...more })
const codeOf = ({ error }: CommandResult) => error?.split(':')[0]
const repeatOf = (ageMs = 1_000) => ({
  repeat: { instanceId: bench.memory.current()?.instanceId ?? 'none', ageMs },
})

describe('a command on a device', () => {
  it('is run with its parameters, given by name or by position', async () => {
    const result = { status: 'SUCCESS', result: { done: 'setLED' } }
    expect(await run({ commandId: '1', command: 'setLED', params: { enabled: true } })).toMatchObject(result)
    expect(await run({ commandId: '2', command: 'setLED', params: { args: [false] } })).toMatchObject(result)
    expect(device.executed).toEqual([
      { command: 'setLED', params: { enabled: true } },
      { command: 'setLED', params: { enabled: false } },
    ])
  })

  it('is on disk as started when the device is touched', async () => {
    device.hold()
    const running = reboot('1')
    await bench.clock.advance(0)
    expect(device.executed).toHaveLength(1)
    expect(bench.journal.written.at(-1)).toBe('1 r.a')
    device.release()
    await running
  })
})

describe('a command whose caller waits', () => {
  it.each([
    ['for a time that it does not tell', undefined, 20_000],
    ['for 30 s', 30_000, 20_000],
    ['for 3 s', 3_000, 2_000],
    ['for an hour', 3_600_000, 20_000],
  ])('%s may begin as late as that allows', async (_, timeoutMs, beginMs) => {
    const begins: unknown[] = []
    device.execute = (_command, _params, limits) => {
      begins.push(limits?.beginBy)
      return Promise.resolve(null)
    }
    await bench.commands.run('r.a', { commandId: '1', command: 'reboot' }, { timeoutMs })
    expect(begins).toEqual([bench.clock.monotonic() + beginMs])
  })
})

describe('C1: a device runs a command id once', () => {
  it('when the repeat comes while the first runs, or after it', async () => {
    device.hold()
    const [first, meanwhile] = [reboot('1'), reboot('1', repeatOf())]
    await bench.clock.advance(0)
    device.release()
    const result = await first
    expect(await meanwhile).toEqual(result)
    device.fail('unreachable')
    expect(await reboot('1', repeatOf())).toEqual(result)
    expect(device.executed).toHaveLength(1)
    expect(bench.repeats).toEqual(['joined', 'remembered'])
    expect(bench.ran).toHaveLength(1)
  })

  it('also when it failed there', async () => {
    device.fail('timeout')
    const first = await reboot('1')
    device.fail(null)
    expect(await reboot('1')).toEqual(first)
    expect(device.executed).toHaveLength(1)
  })

  it('when the worker is killed after the result: the next process gives the same', async () => {
    const first = await reboot('1')
    await bench.clock.advance(0)
    await bench.restart()
    expect(await reboot('1', repeatOf())).toEqual(first)
    expect(device.executed).toHaveLength(1)
  })

  it('when the worker is killed while the device is at it: the next process says that it does not know', async () => {
    device.hold()
    void reboot('1')
    await bench.clock.advance(0)
    await bench.restart()
    device.release()
    expect(codeOf(await reboot('1', repeatOf()))).toBe('ERR_COMMAND_FATE_UNKNOWN')
    expect(codeOf(await reboot('1'))).toBe('ERR_COMMAND_FATE_UNKNOWN')
    expect(device.executed).toHaveLength(1)
  })

  it('when the device has left the worker meanwhile', async () => {
    const first = await reboot('1')
    bench.devices.clear()
    expect(await reboot('1', repeatOf())).toEqual(first)
  })

  it('when the memory is lost between two sendings: what may have run is not run', async () => {
    const repeat = repeatOf()
    await reboot('1')
    bench.journal.texts.clear()
    await bench.restart()
    expect(codeOf(await reboot('1', repeat))).toBe('ERR_COMMAND_FATE_UNKNOWN')
    expect(device.executed).toHaveLength(1)
  })

  it('when the memory cannot be opened: what may have run is not run, and not said to have done nothing', async () => {
    bench.journal.broken = true
    await bench.restart()
    expect(codeOf(await reboot('1', { repeat: { instanceId: 'i', ageMs: 1 } }))).toBe('ERR_COMMAND_FATE_UNKNOWN')
    expect(device.executed).toEqual([])
  })
})

describe('C3: a command that never came here', () => {
  it('is run when it is sent again, since the memory would know it', async () => {
    expect(await reboot('1', repeatOf(86_400_000))).toMatchObject({ status: 'SUCCESS' })
  })

  it.each([
    [{ repeat: {} }],
    [{ repeat: { instanceId: 'another', ageMs: 0 } }],
    [{ repeat: null }],
    [{ repeat: 'yes' }],
  ])('or may have come to a memory that is not this one (%j) is not run', async (more) => {
    expect(codeOf(await reboot('1', more))).toBe('ERR_COMMAND_FATE_UNKNOWN')
    expect(device.executed).toEqual([])
  })

  it.each([
    [null, { command: 'reboot' }, 'ERR_DEVICE_ID_REQUIRED'],
    ['r.a', {}, 'ERR_COMMAND_REQUIRED'],
    ['r.b', { command: 'reboot' }, 'ERR_DEVICE_NOT_FOUND: r.b'],
    ['r.a', { command: 'makeCoffee' }, 'ERR_UNKNOWN_COMMAND: makeCoffee'],
    ['r.a', { command: 'setLED', params: { enabled: 'yes' } }, 'ERR_PARAM_TYPE: enabled must be boolean'],
    ['r.a', { command: 'setLED' }, 'ERR_PARAM_REQUIRED: enabled is missing'],
  ])('as on %s %j is refused with %s before anything is written or touched', async (deviceId, payload, error) => {
    const before = bench.journal.written.length
    expect(await run({ commandId: '1', ...payload }, deviceId)).toEqual({ commandId: '1', status: 'FAILED', error })
    expect(device.executed).toEqual([])
    expect(bench.journal.written).toHaveLength(before)
  })

  it('as its device was not there is run when it comes again and the device does', async () => {
    const [[id, known] = ['', device]] = bench.devices
    bench.devices.clear()
    expect(codeOf(await reboot('1'))).toBe('ERR_DEVICE_NOT_FOUND')
    bench.devices.set(id, known)
    expect(await reboot('1', repeatOf())).toMatchObject({ status: 'SUCCESS' })
  })
})

describe('a worker that can write nothing down', () => {
  it('refuses a command before the device is touched, and runs it when it comes again and there is room', async () => {
    bench.journal.writable = false
    expect((await reboot('1')).error).toBe('ERR_WORKER_STORE_FAILED: the device was not touched: the disk is full')
    expect(device.executed).toEqual([])
    bench.journal.writable = true
    expect(await reboot('1')).toMatchObject({ status: 'SUCCESS' })
  })

  it('refuses it also as long as there never was a memory', async () => {
    bench.journal.broken = true
    await bench.restart()
    expect(codeOf(await reboot('1'))).toBe('ERR_WORKER_STORE_FAILED')
    expect(device.executed).toEqual([])
  })

  it('answers what ended meanwhile, now and to a repeat', async () => {
    device.hold()
    const running = reboot('1')
    await bench.clock.advance(0)
    bench.journal.writable = false
    device.release()
    const result = await running
    expect(result).toMatchObject({ status: 'SUCCESS' })
    expect(await reboot('1', repeatOf())).toEqual(result)
  })
})

describe('a worker that is stopping', () => {
  it('lets what is under way end, and refuses the rest untouched', async () => {
    device.hold()
    const running = reboot('1')
    await bench.clock.advance(0)
    const drained = bench.commands.drain(4_000)
    expect(await reboot('2')).toMatchObject({
      status: 'FAILED',
      error: expect.stringMatching(/^ERR_WORKER_NOT_ROUTABLE: /) as string,
    })
    device.release()
    await bench.clock.advance(100)
    await drained
    expect(await running).toMatchObject({ status: 'SUCCESS' })
    expect(device.executed).toHaveLength(1)
    expect(bench.clock.armed).toBe(0)
  })

  it('does not wait for ever', async () => {
    device.hold()
    void reboot('1')
    await bench.clock.advance(0)
    const drained = bench.commands.drain(4_000)
    await bench.clock.advance(4_100)
    await drained
    device.release()
  })
})

describe('C2: what a device failed with', () => {
  it.each<[DeviceFailure, string]>([
    ['unreachable', 'ERR_DEVICE_UNAVAILABLE'],
    ['closed', 'ERR_DEVICE_UNAVAILABLE'],
    ['timeout', 'ERR_COMMAND_FATE_UNKNOWN'],
    ['protocol', 'ERR_COMMAND_FATE_UNKNOWN'],
    ['refused', 'ERR_COMMAND_FAILED'],
    ['unauthorized', 'ERR_DEVICE_ACCESS_DENIED'],
    ['unsupported', 'ERR_UNKNOWN_COMMAND'],
    ['busy', 'ERR_QUEUE_FULL'],
  ])('as %s is %s', async (failure, code) => {
    device.fail(failure)
    const result = await reboot('1')
    expect([result.status, codeOf(result)]).toEqual(['FAILED', code])
  })

  it.each<[unknown]>([[undefined], [1n]])(
    'and a driver may not return (%s) leaves the fate of a command unknown',
    async (wrong) => {
      device.execute = () => Promise.resolve(wrong as never)
      expect(codeOf(await reboot('1'))).toBe('ERR_COMMAND_FATE_UNKNOWN')
      expect(codeOf(await reboot('1'))).toBe('ERR_COMMAND_FATE_UNKNOWN')
      expect(bench.repeats).toEqual(['remembered'])
      expect(bench.bugs).toHaveLength(1)
    },
  )

  it('and a driver may not throw leaves the fate of a command unknown, and is told', async () => {
    const bug = new TypeError('a bug')
    device.execute = () => Promise.reject(bug)
    expect(codeOf(await reboot('1'))).toBe('ERR_COMMAND_FATE_UNKNOWN')
    expect(bench.bugs).toEqual([bug])
  })
})
