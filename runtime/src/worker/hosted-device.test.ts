import { beforeEach, describe, expect, it } from 'vitest'
import { deviceEntry, goodSnapshot, type ScriptedDevice, scriptedDevice } from '../../test/worker/scripted-device.ts'
import { problem } from '../contract/file-problem.ts'
import { accessRefused } from '../drivers/snapshot.ts'
import { type ManualClock, manualClock } from '../machine/manual-clock.ts'
import { freshMs, type HostedDevice, hostDevice } from './hosted-device.ts'

let clock: ManualClock
let device: ScriptedDevice
let hosted: HostedDevice
let results: string[]

const host = (scripted: ScriptedDevice) =>
  hostDevice(deviceEntry('r.a'), { kind: 'ok', value: scripted }, { clock, onRead: (result) => results.push(result) })

beforeEach(() => {
  clock = manualClock(1_000_000)
  device = scriptedDevice()
  results = []
  hosted = host(device)
})

describe('hosted device', () => {
  it('is unknown until it was read, and online after', async () => {
    expect(hosted.state()).toEqual({ status: 'unknown', since: 1_000_000, error: null })
    await clock.advance(500)
    await hosted.observe()
    expect(hosted.state()).toEqual({ status: 'online', since: 1_000_500, error: null })
    expect(hosted.last()).toEqual({ kind: 'ok', snapshot: goodSnapshot, at: 1_000_500 })
  })

  it('is tried once more before it counts as offline, and only once while it is offline', async () => {
    device.fail('unreachable')
    await hosted.observe()
    expect(device.reads()).toBe(2)
    expect(hosted.state()).toEqual({ status: 'offline', since: 1_000_000, error: 'the device is unreachable' })
    await clock.advance(5_000)
    await hosted.observe()
    expect(device.reads()).toBe(3)
    expect(hosted.state().since).toBe(1_000_000)
    expect(results).toEqual(['unreachable', 'unreachable', 'unreachable'])
  })

  it('is online again at the first good read', async () => {
    device.fail('timeout')
    await hosted.observe()
    device.fail(null)
    await clock.advance(7_000)
    await hosted.observe()
    expect(hosted.state()).toEqual({ status: 'online', since: 1_007_000, error: null })
  })

  it('is online with the fault that it reports of itself', async () => {
    const errors = [{ name: '110', message: 'fan lost' }]
    hosted = host(scriptedDevice({ ...goodSnapshot, raw_errors: errors, stats: { status: 'error' } }))
    await hosted.observe()
    expect(hosted.state()).toMatchObject({ status: 'online', error: 'fan lost' })
    hosted = host(scriptedDevice({ ...goodSnapshot, stats: { status: 'error' } }))
    await hosted.observe()
    expect(hosted.state().error).toBe('the device reports an error')
  })

  it('is online, and says so, when it can be read but not commanded; other remarks say nothing', async () => {
    const errors = [
      { name: 'model_differs', message: 'another model' },
      { name: accessRefused, message: 'wrong password' },
    ]
    hosted = host(scriptedDevice({ ...goodSnapshot, raw_errors: errors }))
    await hosted.observe()
    expect(hosted.state()).toMatchObject({ status: 'online', error: 'wrong password' })
    hosted = host(scriptedDevice({ ...goodSnapshot, raw_errors: errors.slice(0, 1) }))
    await hosted.observe()
    expect(hosted.state()).toMatchObject({ status: 'online', error: null })
  })

  it('tells when it goes offline and when it is back, and nothing else', async () => {
    const changes: string[] = []
    hosted = hostDevice(
      deviceEntry('r.a'),
      { kind: 'ok', value: device },
      { clock, onRead: () => undefined, onStatusChange: (entry, { status }) => changes.push(`${entry.id} ${status}`) },
    )
    for (const failure of [null, null, 'timeout', 'unreachable', null] as const) {
      device.fail(failure)
      await hosted.observe()
    }
    expect(changes).toEqual(['r.a offline', 'r.a online'])
  })

  it('is read once for many who ask at a time, and at most once a second', async () => {
    device.hold()
    const asked = [hosted.observe(), hosted.live(), hosted.live()]
    device.release()
    await Promise.all(asked)
    await hosted.live()
    expect(device.reads()).toBe(1)
    await clock.advance(freshMs)
    await hosted.live()
    expect(device.reads()).toBe(2)
  })

  it('is read anew after a command, however fresh the last reading is', async () => {
    await hosted.live()
    await hosted.execute('reboot', {})
    await hosted.live()
    expect(device.reads()).toBe(2)
  })

  it('is offline with the reason when its driver cannot serve it, and never asked', async () => {
    hosted = hostDevice(deviceEntry('r.b'), problem('DeviceUnusable', 'no address'), {
      clock,
      onRead: (result) => results.push(result),
    })
    expect(hosted.state()).toMatchObject({ status: 'offline', error: 'no address' })
    await expect(hosted.execute('reboot', {})).rejects.toMatchObject({ failure: 'unreachable', message: 'no address' })
    await hosted.close()
  })
})
