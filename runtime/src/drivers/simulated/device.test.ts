import { beforeEach, describe, expect, it } from 'vitest'
import type { DeviceEntry } from '../../contract/device-list.ts'
import { type ManualClock, manualClock } from '../../machine/manual-clock.ts'
import type { Device } from '../driver.ts'
import { rebootMs } from './device.ts'
import { simulatedDriver } from './driver.ts'
import { slowMs } from './fault.ts'
import { stepMs, warmUpMs } from './miner-model.ts'

let clock: ManualClock
beforeEach(() => {
  clock = manualClock()
})

function connect(fault: string, id = 'rack-1.miner-1'): Device {
  const entry: DeviceEntry = {
    id,
    driver: 'simulated',
    model: 'X1',
    address: null,
    port: null,
    options: { fault },
    credentials: {},
  }
  const connected = simulatedDriver.connect(entry, { clock, timeoutMs: 5_000 })
  if (connected.kind === 'problem') throw new Error(connected.message)
  return connected.value
}

describe('simulated device', () => {
  it('shows the same to two workers at one time, and differs from its neighbours', async () => {
    expect(await connect('none').read()).toEqual(await connect('none').read())
    expect(await connect('none').read()).not.toEqual(await connect('none', 'rack-1.miner-2').read())
  })

  it.each([
    ['error', 'error', 'hash_board_lost'],
    ['overheating', 'error', 'over_temperature'],
  ])('with the fault %s reports status %s and the error %s', async (fault, status, name) => {
    expect(await connect(fault).read()).toMatchObject({ success: true, stats: { status }, raw_errors: [{ name }] })
  })

  it('takes its time with the fault slow', async () => {
    let done = false
    const reading = connect('slow')
      .read()
      .then(() => (done = true))
    await clock.advance(slowMs - 1)
    expect(done).toBe(false)
    await clock.advance(1)
    await reading
    expect(done).toBe(true)
  })

  it('comes and goes with the fault flapping', async () => {
    const device = connect('flapping')
    const seen = new Set<string>()
    for (let minute = 0; minute < 4; minute += 1) {
      seen.add(
        await device.read().then(
          () => 'there',
          () => 'away',
        ),
      )
      await clock.advance(60_000)
    }
    expect(seen).toEqual(new Set(['there', 'away']))
  })

  it('is away after reboot, then starts from zero and hashes when it has warmed up', async () => {
    const device = connect('none')
    await device.execute('reboot', {})
    await clock.advance(rebootMs - 1)
    await expect(device.read()).rejects.toMatchObject({ failure: 'unreachable' })
    await clock.advance(1)
    expect(await device.read()).toMatchObject({
      stats: { status: 'not_mining', uptime_ms: 0, shares: { accepted: 0 } },
    })
    await clock.advance(warmUpMs + stepMs)
    expect(await device.read()).toMatchObject({ stats: { status: 'mining' } })
  })

  it('does what its commands say', async () => {
    const device = connect('none')
    await device.execute('setPowerMode', { mode: 'sleep' })
    expect(await device.read()).toMatchObject({ stats: { status: 'sleeping' }, config: { power_mode: 'sleep' } })
    await device.execute('setPowerMode', { mode: 'high' })
    await device.execute('setPowerPct', { pct: 50 })
    await device.execute('setLED', { enabled: true })
    const pools = [{ url: 'stratum+tcp://a.example:1', worker_name: 'me', worker_password: 'secret' }]
    await device.execute('setupPools', { pools })
    const snapshot = await device.read()
    expect(snapshot.config).toMatchObject({
      power_mode: 'high',
      led_status: true,
      pool_config: [{ url: 'stratum+tcp://a.example:1', username: 'me' }],
    })
    expect(JSON.stringify(snapshot)).not.toContain('secret')
    expect(Number(snapshot.stats['power_w'])).toBeLessThan(2_400)
  })

  it.each([
    [[]],
    [[{ url: 'http://a', worker_name: 'x' }]],
    [{ url: 'stratum+tcp://a' }],
    [Array(4).fill({ url: 'stratum+tcp://a', worker_name: 'x' })],
  ])('refuses the pools %j', async (pools) => {
    await expect(connect('none').execute('setupPools', { pools })).rejects.toMatchObject({ failure: 'refused' })
  })
})
