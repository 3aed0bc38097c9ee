import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Device } from '../../src/drivers/driver.ts'
import { whatsminerDriver } from '../../src/drivers/whatsminer/driver.ts'
import { tokenLifeMs, tokenLimit } from '../../src/drivers/whatsminer/token.ts'
import { type Clock, systemClock } from '../../src/machine/clock.ts'
import type { RunningSimulator } from '../../src/simulator/app.ts'
import { change, openSimulator, show, whatsminerEntry } from './open-simulator.ts'

describe('commands to a simulated Whatsminer', () => {
  let simulator: RunningSimulator
  let aheadMs: number
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    monotonic: () => systemClock.monotonic() + aheadMs,
  }
  const closers: (() => Promise<void>)[] = []
  beforeEach(async () => {
    aheadMs = 0
    simulator = await openSimulator('M63', { clock })
  })
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
    await simulator.close()
  })

  function connect(credentials: Record<string, string> = { password: 'admin' }, timeoutMs = 5_000): Device {
    const entry = whatsminerEntry(simulator.ports[0] ?? 0, { model: 'M63', credentials })
    const connected = whatsminerDriver.connect(entry, { clock, timeoutMs })
    if (connected.kind === 'problem') throw new Error(connected.message)
    closers.push(() => connected.value.close())
    return connected.value
  }

  const obeyed = async () => (await show(simulator, 1))['obeyed']
  const fails = (call: Promise<unknown>, failure: string) => expect(call).rejects.toMatchObject({ failure })

  it('show in the next reading', async () => {
    const device = connect()
    const pools = [
      { url: 'stratum+tcp://a.example:3333', worker_name: 'me.1', worker_password: 'x' },
      { url: 'stratum+ssl://b.example:443', worker_name: 'me.2' },
    ]
    await device.execute('setPowerMode', { mode: 'high' })
    await device.execute('setPowerPct', { pct: 150 })
    await device.execute('setLED', { enabled: true })
    await device.execute('setUpfreqSpeed', { speed: 7 })
    expect(await device.execute('setupPools', { pools })).toEqual({ pools: pools.map(({ url }) => url) })
    expect((await device.read()).config).toMatchObject({
      power_mode: 'high',
      power_pct: 150,
      led_status: true,
      upfreq_speed: 7,
      pool_config: [
        { url: 'stratum+tcp://a.example:3333', username: 'me.1' },
        { url: 'stratum+ssl://b.example:443', username: 'me.2' },
      ],
    })
    await device.execute('setLED', { enabled: false })
    await device.execute('setPowerMode', { mode: 'sleep' })
    expect(await device.read()).toMatchObject({
      stats: { status: 'sleeping', hashrate_mhs: { rt: 0 } },
      config: { power_mode: 'sleep', led_status: false },
    })
    await device.execute('setPowerMode', { mode: 'low' })
    expect(await device.read()).toMatchObject({ stats: { status: 'mining' }, config: { power_mode: 'low' } })
    expect(await obeyed()).toEqual([
      'set_high_power',
      'set_power_pct_v2',
      'set_led',
      'adjust_upfreq_speed',
      'update_pools',
      'set_led',
      'power_off',
      'power_on',
      'set_low_power',
    ])
  })

  it('a reboot is answered, then the miner is away, then it counts from zero and has forgotten the token', async () => {
    await change(simulator, 1, { restartMs: 300 })
    const device = connect()
    expect((await device.read()).stats['uptime_ms']).toBeGreaterThan(60_000)
    expect(await device.execute('reboot', {})).toEqual({ rebooting: true })
    await fails(device.read(), 'unreachable')
    await fails(device.execute('setLED', { enabled: true }), 'unreachable')
    const read = () => device.read().catch(() => null)
    await expect.poll(read, { timeout: 10_000, interval: 30 }).not.toBeNull()
    expect((await device.read()).stats['uptime_ms']).toBeLessThan(60_000)
    await device.execute('setLED', { enabled: true })
    expect(await obeyed()).toEqual(['reboot', 'set_led'])
  })

  it('a wrong password is a state of the device: it is read as ever, says what to do, and obeys once that is done', async () => {
    const device = connect({ password: 'wrong' })
    const refused = {
      name: 'access_refused',
      message: expect.stringContaining('does not accept the password') as string,
    }
    expect(await device.read()).toMatchObject({ success: true, raw_errors: [refused], stats: { status: 'mining' } })
    await fails(device.execute('setLED', { enabled: true }), 'unauthorized')
    expect(JSON.stringify(await device.read())).not.toContain('wrong')
    await change(simulator, 1, { password: 'wrong' })
    expect(await device.read()).toMatchObject({ raw_errors: [refused] })
    aheadMs = 600_000
    expect(await device.read()).toMatchObject({ raw_errors: [] })
    await device.execute('setLED', { enabled: true })
    expect(await obeyed()).toEqual(['set_led'])
  })

  it('a password that is changed on the miner is noticed when the token runs out', async () => {
    const device = connect()
    await device.read()
    await change(simulator, 1, { password: 'other' })
    expect(await device.read()).toMatchObject({ raw_errors: [] })
    aheadMs = tokenLifeMs
    expect(await device.read()).toMatchObject({ raw_errors: [{ name: 'access_refused' }], stats: { status: 'mining' } })
  })

  it('without a password the one of the factory is used, and found wrong by the first command only', async () => {
    const device = connect({})
    await device.execute('setLED', { enabled: true })
    await change(simulator, 1, { password: 'other' })
    const late = connect({})
    expect(await late.read()).toMatchObject({ raw_errors: [] })
    await expect(late.execute('setLED', { enabled: false })).rejects.toMatchObject({
      failure: 'unauthorized',
      message: expect.stringContaining('give it credentials with the admin password') as string,
    })
    expect(await late.read()).toMatchObject({ raw_errors: [{ name: 'access_refused' }] })
  })

  it('an API that is switched off is a state of the device, known from the first command', async () => {
    await change(simulator, 1, { apiSwitch: false })
    const device = connect()
    expect(await device.read()).toMatchObject({ raw_errors: [] })
    await fails(device.execute('reboot', {}), 'unauthorized')
    expect(await device.read()).toMatchObject({
      raw_errors: [{ name: 'access_refused', message: expect.stringContaining('switch the API on') as string }],
    })
    await change(simulator, 1, { apiSwitch: true })
    await device.execute('setLED', { enabled: true })
    expect(await device.read()).toMatchObject({ raw_errors: [] })
  })

  it('an address that has used up its tokens is told when to come again; reading goes on', async () => {
    for (let taken = 0; taken < tokenLimit; taken += 1) await connect({}).execute('setLED', { enabled: true })
    const device = connect()
    expect(await device.read()).toMatchObject({ success: true, raw_errors: [] })
    await fails(device.execute('setLED', { enabled: false }), 'refused')
    aheadMs = tokenLifeMs
    await device.execute('setLED', { enabled: false })
  })

  it('a miner is asked for one token in 25 minutes, however often it is read and commanded', async () => {
    const devices = Array.from({ length: tokenLimit - 1 }, () => connect({}))
    for (const device of devices) await device.execute('setLED', { enabled: true })
    const device = connect()
    for (let turn = 0; turn < 5; turn += 1) {
      await device.read()
      await device.execute('setLED', { enabled: turn % 2 === 0 })
    }
    await fails(connect({}).execute('setLED', { enabled: true }), 'refused')
  })

  it('a command whose answer is lost was done once, and is not sent again', async () => {
    const device = connect({}, 1_000)
    await change(simulator, 1, { fault: 'mute' })
    await fails(device.execute('setPowerPct', { pct: 50 }), 'unreachable')
    expect(await obeyed()).toEqual([])
    await change(simulator, 1, { fault: 'none' })
    await device.execute('setLED', { enabled: true })
    await change(simulator, 1, { fault: 'mute' })
    await fails(device.execute('setPowerPct', { pct: 50 }), 'timeout')
    await change(simulator, 1, { fault: 'none' })
    expect(await obeyed()).toEqual(['set_led', 'set_power_pct_v2'])
    expect((await device.read()).config).toMatchObject({ power_pct: 50 })
  })

  it('what does not fit is refused before anything is sent', async () => {
    await fails(connect().execute('setPowerPct', { pct: 50.5 }), 'refused')
    await fails(connect().execute('setupPools', { pools: [] }), 'refused')
    expect(await obeyed()).toEqual([])
  })
})
