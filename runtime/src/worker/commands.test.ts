import { beforeEach, describe, expect, it } from 'vitest'
import { deviceEntry, type ScriptedDevice, scriptedDevice } from '../../test/worker/scripted-device.ts'
import type { DeviceFailure } from '../drivers/device-error.ts'
import { manualClock } from '../machine/manual-clock.ts'
import { type Commands, createCommands } from './commands.ts'
import { hostDevice } from './hosted-device.ts'

let device: ScriptedDevice
let commands: Commands
let ran: string[]
let bugs: unknown[]
beforeEach(() => {
  device = scriptedDevice()
  ran = []
  bugs = []
  const hosted = hostDevice(
    deviceEntry('r.a'),
    { kind: 'ok', value: device },
    { clock: manualClock(), onRead: () => undefined },
  )
  commands = createCommands({
    declared: [
      { name: 'reboot', description: '', params: [] },
      { name: 'setLED', description: '', params: [{ name: 'enabled', type: 'boolean', required: true }] },
    ],
    find: (id) => (id === 'r.a' ? hosted : undefined),
    onRun: ({ status }) => ran.push(status),
    onBug: (error) => bugs.push(error),
    memory: 3,
  })
})
const reboot = (commandId: string) => commands.run('r.a', { commandId, command: 'reboot', params: {} })

describe('commands of a worker', () => {
  it('run on the device with their parameters', async () => {
    const request = { commandId: '1', command: 'setLED', params: { enabled: true } }
    expect(await commands.run('r.a', request)).toEqual({
      commandId: '1',
      status: 'SUCCESS',
      result: { done: 'setLED' },
    })
    expect(device.executed).toEqual([{ command: 'setLED', params: { enabled: true } }])
  })

  it('C1: run once for an id, whether the repeat comes while the first runs or after it', async () => {
    device.hold()
    const [first, meanwhile] = [reboot('1'), reboot('1')]
    device.release()
    const result = await first
    expect(await meanwhile).toBe(result)
    device.fail('unreachable')
    expect(await reboot('1')).toBe(result)
    expect(device.executed).toHaveLength(1)
    expect(ran).toEqual(['SUCCESS'])
  })

  it('C1: a repeat of a command that failed gets the failure and does not run it', async () => {
    device.fail('timeout')
    const first = await reboot('1')
    device.fail(null)
    expect(await reboot('1')).toBe(first)
    expect(device.executed).toHaveLength(1)
  })

  it('forget the oldest ids when there are too many', async () => {
    for (const id of ['1', '2', '3', '4']) await reboot(id)
    await reboot('4')
    expect(device.executed).toHaveLength(4)
    await reboot('1')
    expect(device.executed).toHaveLength(5)
  })

  it('without an id are not told apart', async () => {
    await commands.run('r.a', { command: 'reboot' })
    expect(await commands.run('r.a', { command: 'reboot' })).toMatchObject({ commandId: '', status: 'SUCCESS' })
    expect(device.executed).toHaveLength(2)
  })

  it.each([
    [null, { command: 'reboot' }, 'ERR_DEVICE_ID_REQUIRED'],
    ['r.a', {}, 'ERR_COMMAND_REQUIRED'],
    ['r.b', { command: 'reboot' }, 'ERR_DEVICE_NOT_FOUND: r.b'],
    ['r.a', { command: 'makeCoffee' }, 'ERR_UNKNOWN_COMMAND: makeCoffee'],
    ['r.a', { command: 'setLED', params: { enabled: 'yes' } }, 'ERR_PARAM_TYPE: enabled must be boolean'],
    ['r.a', { command: 'setLED' }, 'ERR_PARAM_REQUIRED: enabled is missing'],
  ])('on %s with %j fail with %s before they reach the device', async (deviceId, request, error) => {
    expect(await commands.run(deviceId, { commandId: '1', ...request })).toEqual({
      commandId: '1',
      status: 'FAILED',
      error,
    })
    expect(device.executed).toEqual([])
  })

  it.each<[DeviceFailure, string]>([
    ['unreachable', 'ERR_DEVICE_UNAVAILABLE'],
    ['closed', 'ERR_DEVICE_UNAVAILABLE'],
    ['timeout', 'ERR_COMMAND_FATE_UNKNOWN'],
    ['protocol', 'ERR_COMMAND_FATE_UNKNOWN'],
    ['refused', 'ERR_COMMAND_FAILED'],
    ['unauthorized', 'ERR_DEVICE_ACCESS_DENIED'],
    ['unsupported', 'ERR_UNKNOWN_COMMAND'],
    ['busy', 'ERR_QUEUE_FULL'],
  ])('C2: a device failure %s is %s', async (failure, code) => {
    device.fail(failure)
    const { status, error } = await reboot('1')
    expect([status, error?.split(':')[0]]).toEqual(['FAILED', code])
  })

  it('C2: what a driver may not throw leaves the fate of a command unknown, and is told', async () => {
    const bug = new TypeError('a bug')
    device.execute = () => Promise.reject(bug)
    expect((await reboot('1')).error).toMatch(/^ERR_COMMAND_FATE_UNKNOWN: /)
    expect(bugs).toEqual([bug])
    expect(ran).toEqual(['FAILED'])
  })
})
