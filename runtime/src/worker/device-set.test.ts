import { beforeEach, describe, expect, it } from 'vitest'
import { deviceEntry, type ScriptedDevice, scriptedDevice } from '../../test/worker/scripted-device.ts'
import { manualClock } from '../machine/manual-clock.ts'
import { createDeviceSet, type DeviceSet } from './device-set.ts'
import { hostDevice } from './hosted-device.ts'

let made: Map<string, ScriptedDevice[]>
let cared: string[]
let set: DeviceSet
beforeEach(() => {
  made = new Map()
  cared = []
  set = createDeviceSet({
    host(entry) {
      const device = scriptedDevice()
      made.set(entry.id, [...(made.get(entry.id) ?? []), device])
      return hostDevice(entry, { kind: 'ok', value: device }, { clock: manualClock(), onRead: () => undefined })
    },
    care({ entry }) {
      cared.push(`+${entry.id}`)
      return () => cared.push(`-${entry.id}`)
    },
  })
})
const ids = () => set.list().map((device) => device.entry.id)

describe('device set', () => {
  it('serves what the last list has, sorted, and says which list that is', () => {
    expect(set.revision()).toBeNull()
    set.apply([deviceEntry('b'), deviceEntry('a')], 'one')
    expect([ids(), set.revision()]).toEqual([['a', 'b'], 'one'])
    set.apply([deviceEntry('c'), deviceEntry('b')], 'two')
    expect([ids(), set.revision()]).toEqual([['b', 'c'], 'two'])
    expect(set.find('a')).toBeUndefined()
    expect(cared).toEqual(['+b', '+a', '-a', '+c'])
  })

  it('leaves a device alone whose entry is the same, and connects one anew whose entry changed', () => {
    set.apply([deviceEntry('a'), deviceEntry('b')], 'one')
    const [a, b] = [set.find('a'), set.find('b')]
    set.apply([deviceEntry('a'), deviceEntry('b', { address: '10.0.0.1' })], 'two')
    expect(set.find('a')).toBe(a)
    expect(set.find('b')).not.toBe(b)
    expect(made.get('a')?.map((device) => device.closed())).toEqual([false])
    expect(made.get('b')?.map((device) => device.closed())).toEqual([true, false])
    expect(cared).toEqual(['+a', '+b', '-b', '+b'])
  })

  it('closes every device with itself', async () => {
    set.apply([deviceEntry('a'), deviceEntry('b')], 'one')
    await set.close()
    await set.close()
    expect(ids()).toEqual([])
    for (const devices of made.values()) for (const device of devices) expect(device.closed()).toBe(true)
  })
})
