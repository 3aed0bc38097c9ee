import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type MinerDesign,
  type MinerState,
  powerModes,
  readMiner,
  rebooted,
  stepMs,
  untouchedMiner,
  warmUpMs,
  withSettings,
} from './miner-model.ts'
import { noise } from './noise.ts'

const air: MinerDesign = { nominalMhs: 100e6, nominalPowerW: 3_400, cooling: 'air', boards: 3 }
const liquid: MinerDesign = { ...air, cooling: 'liquid' }
const noon = Math.ceil(1_700_000_000_000 / stepMs) * stepMs
/** A miner that has been running for a day. */
const running = rebooted(untouchedMiner('m', noon), noon - 86_400_000, 0)

describe('noise', () => {
  it('is the same for the same arguments, in [-1, 1), and evenly spread', () => {
    const values = Array.from({ length: 2_000 }, (_, step) => noise('a', 'power', step))
    expect(values).toEqual(Array.from({ length: 2_000 }, (_, step) => noise('a', 'power', step)))
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-1)
    expect(Math.max(...values)).toBeLessThan(1)
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / values.length)).toBeLessThan(0.05)
    expect(noise('a', 'power', 1)).not.toBe(noise('b', 'power', 1))
  })
})

describe('miner model', () => {
  it('M1: shows the same within a step and something else in the next', () => {
    const at = (ms: number) => readMiner(air, running, noon + ms)
    expect(at(stepMs - 1)).toEqual(at(0))
    expect(at(stepMs)).not.toEqual(at(0))
    expect(at(stepMs).uptimeS - at(0).uptimeS).toBe(stepMs / 1000)
  })

  it('M2: an untouched miner shows the same to a process that was started later', () => {
    const earlier = untouchedMiner('rack-1.miner-1', noon)
    const later = untouchedMiner('rack-1.miner-1', noon + 60_000)
    expect(readMiner(air, earlier, noon + 60_000)).toEqual(readMiner(air, later, noon + 60_000))
    expect(untouchedMiner('rack-1.miner-2', noon).bootedAt).not.toBe(earlier.bootedAt)
  })

  it('M3: shares never decrease while settings change', () => {
    const change = fc.record({
      afterMs: fc.integer({ min: 0, max: 3_600_000 }),
      powerMode: fc.constantFrom(...powerModes),
      powerPct: fc.integer({ min: 0, max: 100 }),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 10 }), (changes) => {
        let [state, now, found]: [MinerState, number, number] = [running, noon, 0]
        for (const { afterMs, ...settings } of changes) {
          now += afterMs
          state = withSettings(air, state, now, settings)
          const { accepted, rejected } = readMiner(air, state, now)
          expect(accepted + rejected).toBeGreaterThanOrEqual(found)
          found = accepted + rejected
        }
      }),
    )
  })

  it('hashes only after it has warmed up, and its means follow slowly, the short ones first', () => {
    const started = rebooted(running, noon, 0)
    expect(readMiner(air, started, noon + warmUpMs - stepMs)).toMatchObject({ hashing: false, accepted: 0 })
    const { hashrateMhs: mhs } = readMiner(air, started, noon + warmUpMs + 30_000)
    expect(mhs.rt).toBeGreaterThan(90e6)
    expect(mhs.t1m).toBeGreaterThan(mhs.t5m)
    expect(mhs.t5m).toBeGreaterThan(mhs.t15m)
  })

  it('shows a change of the power mode at once', () => {
    const power = (powerMode: (typeof powerModes)[number]) =>
      readMiner(air, withSettings(air, running, noon + 3_000, { powerMode }), noon + 3_000)
    const { powerW: sleeping, hashing } = power('sleep')
    expect(hashing).toBe(false)
    expect(sleeping).toBeLessThan(100)
    const [low, normal, high] = [power('low'), power('normal'), power('high')]
    expect(low.powerW).toBeLessThan(normal.powerW)
    expect(normal.powerW).toBeLessThan(high.powerW)
    expect(low.hashrateMhs.rt).toBeLessThan(normal.hashrateMhs.rt)
  })

  it('gets hot and throttles itself when the cooling fails', () => {
    const hot = readMiner(air, withSettings(air, running, noon, { overheating: true }), noon)
    const well = readMiner(air, running, noon)
    expect(hot.chipC.max).toBeGreaterThan(well.chipC.max + 20)
    expect(hot.hashrateMhs.rt).toBeLessThan(well.hashrateMhs.rt * 0.7)
  })

  it('has fans in air and none in liquid', () => {
    expect(readMiner(air, running, noon).fanInRpm).toBeGreaterThan(1_000)
    expect(readMiner(liquid, running, noon)).toMatchObject({ fanInRpm: 0, fanOutRpm: 0 })
  })
})
