import { describe, expect, it } from 'vitest'
import { deviceEntry } from '../../test/worker/scripted-device.ts'
import { whatsminerDriver } from '../drivers/whatsminer/driver.ts'
import { manualClock } from '../machine/manual-clock.ts'
import { connectDevice } from './connect-device.ts'

const ports = { clock: manualClock(), timeoutMs: 100 }
const miner = deviceEntry('r.a', { driver: 'miner-whatsminer', address: '10.0.0.1' })

describe('connectDevice', () => {
  it('serves a device of its driver and model, letter case aside, and one without a model as its own', () => {
    for (const model of ['M56S', 'm56s', null]) {
      const connected = connectDevice({ driver: whatsminerDriver, model: 'M56S' }, { ...miner, model }, ports)
      expect(connected.kind).toBe('ok')
    }
  })

  it('serves every model that the driver knows when it has none itself', () => {
    const connected = connectDevice({ driver: whatsminerDriver, model: null }, { ...miner, model: 'M63' }, ports)
    expect(connected.kind).toBe('ok')
  })

  it.each([
    [{ driver: 'simulated' }, 'M56S', 'needs the driver simulated; this worker has miner-whatsminer'],
    [{ model: 'M63' }, 'M56S', 'is a M63; this worker serves M56S only'],
    [{ model: null }, null, 'has model (none); give one of M30SP, M30SPP, M53S, M56S, M63'],
    [{ model: 'S21' }, null, 'has model S21; give one of'],
    [{ model: 'M56S', address: null }, null, 'has no address'],
  ])('says of %j to a worker of model %s that it %s', (change, model, sentence) => {
    const connected = connectDevice({ driver: whatsminerDriver, model }, { ...miner, ...change }, ports)
    expect(connected).toMatchObject({ kind: 'problem', message: expect.stringContaining(sentence) as string })
  })
})
