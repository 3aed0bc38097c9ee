import { beforeEach, describe, expect, it } from 'vitest'
import { deviceEntry, type ScriptedDevice, scriptedDevice } from '../../test/worker/scripted-device.ts'
import { type ManualClock, manualClock } from '../machine/manual-clock.ts'
import { hostDevice } from './hosted-device.ts'
import { createPoller, type Poller } from './poller.ts'

let clock: ManualClock
let poller: Poller
beforeEach(() => {
  clock = manualClock()
  poller = createPoller({ clock, random: () => 0.5 })
})

const host = (device: ScriptedDevice, id = 'r.a') =>
  hostDevice(deviceEntry(id), { kind: 'ok', value: device }, { clock, onRead: () => undefined })

describe('poller', () => {
  it('reads a device at once and then at its interval, until it is told to stop', async () => {
    const device = scriptedDevice()
    const stop = poller.start(host(device))
    await clock.advance(0)
    expect(device.reads()).toBe(1)
    await clock.advance(20_000)
    expect(device.reads()).toBe(5)
    stop()
    await clock.advance(60_000)
    expect(device.reads()).toBe(5)
    expect(clock.armed).toBe(0)
  })

  it('arms nothing for a device that is stopped while it is read', async () => {
    const device = scriptedDevice()
    device.hold()
    const stop = poller.start(host(device))
    stop()
    device.release()
    await clock.advance(60_000)
    expect(device.reads()).toBe(1)
    expect(clock.armed).toBe(0)
  })

  it('P1: does not read a device again before the last read has ended', async () => {
    const device = scriptedDevice()
    device.hold()
    poller.start(host(device))
    await clock.advance(60_000)
    expect(device.reads()).toBe(1)
  })

  it('P2: devices that are offline and keep their callers waiting do not delay the others', async () => {
    const dead = Array.from({ length: 100 }, () => scriptedDevice())
    for (const [index, device] of dead.entries()) {
      device.fail('timeout')
      poller.start(host(device, `r.dead-${index}`))
    }
    await clock.advance(1)
    for (const device of dead) device.hold()
    await clock.advance(10_000)
    const alive = Array.from({ length: 30 }, () => scriptedDevice())
    for (const [index, device] of alive.entries()) poller.start(host(device, `r.alive-${index}`))
    await clock.advance(20_000)
    for (const device of alive) expect(device.reads()).toBeGreaterThanOrEqual(4)
  })

  it('P3: asks a device that stays offline less and less often, and one that is back at the interval', async () => {
    const device = scriptedDevice()
    device.fail('unreachable')
    poller.start(host(device))
    await clock.advance(600_000)
    const away = device.reads()
    expect(away).toBeLessThan(35)
    device.fail(null)
    await clock.advance(30_000)
    const back = device.reads()
    await clock.advance(50_000)
    expect(device.reads() - back).toBe(10)
  })

  it('reads at most 25 devices at a time', async () => {
    const devices = Array.from({ length: 60 }, () => scriptedDevice())
    for (const [index, device] of devices.entries()) {
      device.hold()
      poller.start(host(device, `r.${index}`))
    }
    await clock.advance(0)
    expect(devices.filter((device) => device.reads() > 0)).toHaveLength(25)
    devices[0]?.release()
    await clock.advance(0)
    expect(devices.filter((device) => device.reads() > 0)).toHaveLength(26)
  })
})
