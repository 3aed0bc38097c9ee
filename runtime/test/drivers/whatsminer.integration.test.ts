import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Driver } from '../../src/drivers/driver.ts'
import { driverSuite, type Misconduct } from '../../src/drivers/driver-suite.ts'
import { whatsminerDriver } from '../../src/drivers/whatsminer/driver.ts'
import { systemClock } from '../../src/machine/clock.ts'
import type { RunningSimulator } from '../../src/simulator/app.ts'
import { change, openSimulator, show, whatsminerEntry } from './open-simulator.ts'

driverSuite('miner-whatsminer', async () => {
  const simulator = await openSimulator('M63')
  const relay = await countingRelay(simulator.ports[0] ?? 0)
  return {
    driver: whatsminerDriver,
    clock: systemClock,
    async entry(misconduct: Misconduct) {
      const { online } = await change(simulator, 1, { fault: misconduct })
      // Another device is asked for while the miner still restarts for the last one.
      if (misconduct !== 'offline' && online === false) await change(simulator, 1, { rebootMs: 0 })
      // Refused connections must be the miner's own: a relay would accept them first.
      const port = misconduct === 'offline' ? (simulator.ports[0] ?? 0) : relay.port
      return whatsminerEntry(port, { model: 'M63', credentials: { password: 'admin' } })
    },
    async restart() {
      await relay.stop()
      return { back: () => relay.start() }
    },
    params: {
      reboot: {},
      setPowerMode: { mode: 'low' },
      setPowerPct: { pct: 150 },
      setLED: { enabled: true },
      setupPools: { pools: [{ url: 'stratum+tcp://pool.example:3333', worker_name: 'a', worker_password: 'x' }] },
      setUpfreqSpeed: { speed: 3 },
    },
    connections: () => relay.connections(),
    async close() {
      await relay.close()
      await simulator.close()
    },
  }
})

/** Passes bytes on to a port and counts who is connected: what is open is seen from the device's side. */
async function countingRelay(to: number) {
  const { connect } = await import('node:net')
  let open = 0
  const server = createServer((near) => {
    open += 1
    const far = connect({ host: '127.0.0.1', port: to })
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
    near.once('close', () => {
      open -= 1
      far.destroy()
    })
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()))
  await listen(0)
  const port = (server.address() as { port: number }).port
  return {
    port,
    connections: () => open,
    stop,
    start: () => listen(port),
    close: () => (server.listening ? stop() : Promise.resolve()),
  }
}

describe('miner-whatsminer driver against the simulator', () => {
  let simulator: RunningSimulator
  const closers: (() => Promise<void>)[] = []
  beforeEach(async () => {
    simulator = await openSimulator(null, { count: 5 })
  })
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
    await simulator.close()
  })

  function connect(n: number, model: string, driver: Driver = whatsminerDriver) {
    const connected = driver.connect(whatsminerEntry(simulator.ports[n - 1] ?? 0, { model }), {
      clock: systemClock,
      timeoutMs: 5_000,
    })
    if (connected.kind === 'problem') throw new Error(connected.message)
    closers.push(() => connected.value.close())
    return connected.value
  }

  it('reads exactly what the simulator shows, from every model', async () => {
    for (const [index, model] of ['M30SP', 'M30SPP', 'M53S', 'M56S', 'M63'].entries()) {
      const device = connect(index + 1, model)
      const same = async () => {
        const before = await show(simulator, index + 1)
        const snapshot = await device.read()
        const after = await show(simulator, index + 1)
        return JSON.stringify(before.summary) === JSON.stringify(after.summary) ? { before, snapshot } : null
      }
      // Values move on with a step of the clock; one that falls between the two views is looked at again.
      const { before, snapshot } = (await same()) ?? (await same()) ?? expect.fail('the values never stand still')
      const { summary } = before
      expect(snapshot.raw_errors).toEqual([])
      expect(snapshot.stats).toMatchObject({
        status: 'mining',
        power_w: summary['Power'],
        hashrate_mhs: {
          rt: summary['HS RT'],
          avg: summary['MHS av'],
          t_5m: summary['MHS 5m'],
          nominal: Number(summary['Factory GHS']) * 1000,
        },
        temperature_c: { max: summary['Chip Temp Max'], ambient: summary['Env Temp'] },
        fan_speed_rpm: { in: summary['Fan Speed In'], out: summary['Fan Speed Out'] },
        uptime_ms: Number(summary['Uptime']) * 1000,
        shares: { accepted: summary['Accepted'], rejected: summary['Rejected'] },
      })
      expect(snapshot.config).toMatchObject({ model, power_mode: 'normal', firmware_ver: expect.any(String) as string })
    }
  })

  it('sees what is set on the miner', async () => {
    const device = connect(1, 'M30SP')
    await change(simulator, 1, { hashrateMhs: 77_000_000.5, errorCodes: ['110'], powerMode: 'low', ledOn: true })
    expect(await device.read()).toMatchObject({
      raw_errors: [{ name: '110' }],
      stats: { status: 'error', hashrate_mhs: { rt: 77_000_000.5, avg: 77_000_000.5 } },
      config: { power_mode: 'low', led_status: true },
    })
    await change(simulator, 1, { hashrateMhs: null, errorCodes: [], powerMode: 'sleep' })
    expect(await device.read()).toMatchObject({
      raw_errors: [],
      stats: { status: 'sleeping', hashrate_mhs: { rt: 0 } },
      config: { power_mode: 'sleep' },
    })
  })

  it('remarks when the miner is of another model than declared, and goes on', async () => {
    const snapshot = await connect(1, 'M63').read()
    expect(snapshot).toMatchObject({ raw_errors: [{ name: 'model_differs' }], stats: { status: 'mining' } })
  })

  it.each(['trailing-nul', 'keeps-open', 'msg-form'])('understands a firmware with the quirk %s', async (quirk) => {
    const device = connect(4, 'M56S')
    const plain = await device.read()
    await change(simulator, 4, { quirk })
    const odd = await device.read()
    expect(Object.keys(odd.stats)).toEqual(Object.keys(plain.stats))
    expect(odd).toMatchObject({ stats: { status: 'mining', pool_status: [{ active: true }, {}, {}] } })
  })

  it('waits for a slow miner as long as it may', async () => {
    const device = connect(4, 'M56S')
    await change(simulator, 4, { fault: 'slow', slowMs: 50 })
    await expect(device.read()).resolves.toMatchObject({ success: true })
  })

  it('names the address and the reason when nobody listens there', async () => {
    await change(simulator, 4, { fault: 'offline' })
    await expect(connect(4, 'M56S').read()).rejects.toMatchObject({
      failure: 'unreachable',
      message: expect.stringMatching(/^localhost:\d+: .*ECONNREFUSED/) as string,
    })
  })

  it('comes back by itself after a reboot', async () => {
    const device = connect(4, 'M56S')
    await change(simulator, 4, { rebootMs: 700 })
    await expect(device.read()).rejects.toMatchObject({ failure: 'unreachable' })
    await expect
      .poll(
        () =>
          device.read().then(
            () => 'read',
            () => 'away',
          ),
        { timeout: 20_000, interval: 50 },
      )
      .toBe('read')
    const { stats } = await device.read()
    expect(Number(stats['uptime_ms'])).toBeLessThan(60_000)
  })
})
