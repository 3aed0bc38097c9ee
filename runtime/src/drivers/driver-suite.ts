import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceEntry } from '../contract/device-list.ts'
import { findDriver } from '../contract/driver-facts.ts'
import { type Clock, systemClock } from '../machine/clock.ts'
import { checkParams } from './check-params.ts'
import { DeviceError } from './device-error.ts'
import type { Device, Driver } from './driver.ts'
import type { JsonObject } from './json.ts'
import { valueAt } from './snapshot.ts'

/** How the suite has a device misbehave. */
export type Misconduct = 'none' | 'offline' | 'silent' | 'garbage'

/** A device of the driver and the surroundings in which it can misbehave. */
export interface DriverBench {
  readonly driver: Driver
  /** Of the devices; its timers run in real time. */
  readonly clock: Clock
  /** An entry of a device that conducts itself so from now on. */
  entry(misconduct: Misconduct): Promise<DeviceEntry>
  /** Restarts the device behind an entry: it is away, then `back` resolves when it answers again. */
  restart(device: Device): Promise<{ readonly back: () => Promise<void> }>
  /** Parameters with which each command of the contract succeeds. */
  readonly params: Readonly<Record<string, JsonObject>>
  /** How many connections to the device are open; null if the driver makes none. */
  connections(): number | null
  close(): Promise<void>
}

const timeoutMs = 1_000
/** Shorter than what a silent device takes of the turns of others. */
const patienceMs = 200

/** What every driver does. `openBench` is called for each test. */
export function driverSuite(name: string, openBench: () => Promise<DriverBench>): void {
  describe(`${name} driver`, () => {
    let bench: DriverBench
    const devices: Device[] = []

    beforeEach(async () => {
      bench = await openBench()
    })
    afterEach(async () => {
      for (const device of devices.splice(0)) await device.close()
      await bench.close()
    })

    async function connect(misconduct: Misconduct = 'none'): Promise<Device> {
      const connected = bench.driver.connect(await bench.entry(misconduct), {
        clock: bench.clock,
        timeoutMs,
      })
      if (connected.kind === 'problem') throw new Error(connected.message)
      devices.push(connected.value)
      return connected.value
    }

    const failure = async (call: Promise<unknown>) => {
      const error: unknown = await call.then(
        () => null,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(DeviceError)
      return error instanceof DeviceError ? error.failure : null
    }

    it('has the name, models and default port that the contract with the operator promises', () => {
      const facts = findDriver(bench.driver.name)
      expect(facts?.models).toEqual(bench.driver.models)
    })

    it('declares a contract without handlers whose channels all have a place in a snapshot', () => {
      const { metadata, capabilities } = bench.driver.contract(null)
      for (const text of [metadata.provider, metadata.deviceFamily, metadata.brand, metadata.overview]) {
        expect(text).not.toBe('')
      }
      expect(capabilities.health.supportedStates).toEqual(['OK', 'DEGRADED', 'OFFLINE'])
      expect(Object.keys(bench.driver.channels)).toEqual(capabilities.telemetry.map((channel) => channel.name))
      expect(JSON.stringify(bench.driver.contract(null))).not.toContain('handler')
    })

    it('gives each channel a value of its declared type', async () => {
      const snapshot = await (await connect()).read()
      for (const channel of bench.driver.contract(null).capabilities.telemetry) {
        const value = valueAt(snapshot, bench.driver.channels[channel.name] ?? 'none')
        expect(typeof value, channel.name).toBe(channel.type)
      }
    })

    it('reads plausible values in the units of the snapshot', async () => {
      const snapshot = await (await connect()).read()
      expect(snapshot).toMatchObject({ success: true, raw_errors: [], stats: { status: 'mining' } })
      const within = (path: string, low: number, high: number) => {
        const value = valueAt(snapshot, path)
        expect(value, path).toSatisfy((found) => typeof found === 'number' && found >= low && found <= high)
      }
      within('stats.power_w', 500, 10_000)
      within('stats.hashrate_mhs.avg', 20e6, 600e6)
      within('stats.temperature_c.max', 30, 110)
      within('stats.efficiency_w_ths', 10, 60)
      within('stats.uptime_ms', 0, 400 * 86_400_000)
      within('stats.shares.accepted', 0, 1e9)
    })

    it('rejects as unreachable while the device is off', async () => {
      expect(await failure((await connect('offline')).read())).toBe('unreachable')
    })

    it('gives up a device that does not answer', async () => {
      const startedAt = systemClock.monotonic()
      expect(await failure((await connect('silent')).read())).toBe('timeout')
      expect(systemClock.monotonic() - startedAt).toBeLessThan(timeoutMs * 4)
    })

    it('rejects an answer that cannot be understood', async () => {
      expect(await failure((await connect('garbage')).read())).toBe('protocol')
    })

    it('reads a device again that was restarted, without being connected anew', async () => {
      const device = await connect()
      await device.read()
      const { back } = await bench.restart(device)
      expect(await failure(device.read())).toBe('unreachable')
      await back()
      expect(await device.read()).toMatchObject({ success: true })
    })

    it('makes calls wait for each other, so that there is one connection at most', async () => {
      const device = await connect()
      const reads = Array.from({ length: 4 }, () => device.read())
      let most = 0
      const watching = setInterval(() => (most = Math.max(most, bench.connections() ?? 0)), 1)
      const snapshots = await Promise.all(reads)
      clearInterval(watching)
      expect(snapshots).toHaveLength(4)
      expect(most).toBeLessThanOrEqual(1)
    })

    it('refuses calls when too many wait', async () => {
      const device = await connect('silent')
      const calls = Array.from({ length: 40 }, () => failure(device.read()))
      expect(await Promise.race(calls)).toBe('busy')
      await device.close()
      const endings = await Promise.all(calls)
      expect(new Set(endings.filter((ending) => ending !== 'timeout'))).toEqual(new Set(['busy', 'closed']))
    })

    it('refuses a command that waited too long for its turn, since nobody waits for its result any more', async () => {
      const device = await connect('silent')
      const reading = failure(device.read())
      const beginBy = bench.clock.monotonic() + patienceMs
      expect(await failure(device.execute('reboot', {}, { beginBy }))).toBe('busy')
      expect(await reading).toBe('timeout')
    })

    it('refuses a command that comes too late, though the device is free', async () => {
      const device = await connect()
      expect(await failure(device.execute('reboot', {}, { beginBy: bench.clock.monotonic() - 1 }))).toBe('busy')
      expect(await device.read()).toMatchObject({ success: true })
    })

    it('refuses a command that it does not declare', async () => {
      expect(await failure((await connect()).execute('makeCoffee', {}))).toBe('unsupported')
    })

    it('says of each command whether it may be repeated', () => {
      for (const { name: command, idempotent } of bench.driver.contract(null).capabilities.commands) {
        expect(typeof idempotent, command).toBe('boolean')
      }
    })

    it('runs each command that it declares, with parameters that its declaration allows', async () => {
      const { commands } = bench.driver.contract(null).capabilities
      expect(Object.keys(bench.params).sort()).toEqual(commands.map((command) => command.name).sort())
      for (const command of commands) {
        const device = await connect()
        const params = checkParams(command, bench.params[command.name])
        if (params.kind === 'problem') throw new Error(params.message)
        await expect(device.execute(command.name, params.value)).resolves.not.toBeUndefined()
      }
    })

    it('gives up what is under way when it is closed, and rejects every later call', async () => {
      const device = await connect('silent')
      const reading = failure(device.read())
      await device.close()
      await device.close()
      expect(await reading).toBe('closed')
      expect(await failure(device.read())).toBe('closed')
      expect(await failure(device.execute('reboot', {}))).toBe('closed')
    })

    it('leaves no connection behind', async () => {
      for (const misconduct of ['none', 'offline', 'silent', 'garbage'] as const) {
        const device = await connect(misconduct)
        await device.read().catch(() => undefined)
        await device.close()
      }
      await expect.poll(() => bench.connections() ?? 0).toBe(0)
    })

    it('says what is wrong with an entry that it cannot serve', async () => {
      const good = await bench.entry('none')
      const bad =
        findDriver(bench.driver.name)?.needsAddress === true
          ? { ...good, address: null }
          : { ...good, options: { fault: 'nonsense' } }
      const connected = bench.driver.connect(bad, { clock: bench.clock, timeoutMs })
      expect(connected).toMatchObject({ kind: 'problem', reason: 'DeviceUnusable' })
      expect(connected).toHaveProperty('message', expect.stringContaining(good.id))
    })
  })
}
