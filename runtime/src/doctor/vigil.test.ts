import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Diagnosis } from '../contract/diagnosis.ts'
import { silentLog } from '../log.ts'
import { type ManualClock, manualClock } from '../machine/manual-clock.ts'
import { patienceMs, startVigil, type Vigil } from './vigil.ts'

const sick: Diagnosis = { code: 'DnsDown', about: 'discovery', cause: 'c', remedy: 'r' }
const worse: Diagnosis = { ...sick, code: 'BootstrapSilent' }

let clock: ManualClock
let found: Diagnosis | null
let told: (string | null)[]
const warn = vi.fn()
const examine = vi.fn<(signal: AbortSignal) => Promise<Diagnosis | null>>()
const start = (): Vigil =>
  startVigil({
    clock,
    random: () => 0,
    log: { ...silentLog, warn },
    examine,
    onChange: (diagnosis) => told.push(diagnosis?.code ?? null),
  })

beforeEach(() => {
  clock = manualClock()
  found = sick
  told = []
  warn.mockReset()
  examine.mockReset().mockImplementation(() => Promise.resolve(found))
})

describe('a vigil', () => {
  it('does nothing while nothing is lacking, and after what was lacking came in time', async () => {
    const vigil = start()
    expect(clock.armed).toBe(0)
    vigil.see(true)
    await clock.advance(patienceMs - 1)
    vigil.see(false)
    expect(clock.armed).toBe(0)
    await clock.advance(60_000)
    expect(examine).not.toHaveBeenCalled()
  })

  it('finds the cause after 15 s and tells it once, in the log too, however often it is found again', async () => {
    const vigil = start()
    vigil.see(true)
    await clock.advance(patienceMs)
    expect([told, vigil.diagnosis()]).toEqual([['DnsDown'], sick])
    vigil.see(true)
    await clock.advance(300_000)
    expect(examine.mock.calls.length).toBeGreaterThan(3)
    expect(examine.mock.calls.length).toBeLessThan(12)
    expect(told).toEqual(['DnsDown'])
    expect(warn).toHaveBeenCalledTimes(1)
  })

  it('tells another cause when it is another one, and that nothing is lacking when it ends', async () => {
    const vigil = start()
    vigil.see(true)
    await clock.advance(patienceMs)
    found = worse
    await clock.advance(60_000)
    vigil.see(false)
    expect(told).toEqual(['DnsDown', 'BootstrapSilent', null])
    expect(clock.armed).toBe(0)
  })

  it('what comes for a moment begins the patience anew', async () => {
    const vigil = start()
    vigil.see(true)
    for (let second = 0; second < 60; second += 5) {
      await clock.advance(5_000)
      vigil.refresh()
    }
    expect(examine).not.toHaveBeenCalled()
    await clock.advance(patienceMs)
    expect(told).toEqual(['DnsDown'])
    vigil.refresh()
    expect(told).toEqual(['DnsDown', null])
  })

  it('an examination that recovery overtakes is given up and tells nothing', async () => {
    const { promise, resolve } = Promise.withResolvers<Diagnosis>()
    examine.mockImplementation(() => promise)
    const vigil = start()
    vigil.see(true)
    await clock.advance(patienceMs)
    vigil.see(false)
    expect(examine.mock.calls[0]?.[0].aborted).toBe(true)
    resolve(sick)
    await clock.advance(0)
    expect([told, clock.armed]).toEqual([[], 0])
  })

  it('one that fails keeps what was found before, and is tried again', async () => {
    const vigil = start()
    vigil.see(true)
    await clock.advance(patienceMs)
    examine.mockRejectedValueOnce(new Error('broken'))
    await clock.advance(30_000)
    expect(vigil.diagnosis()).toEqual(sick)
    found = worse
    await clock.advance(60_000)
    expect(vigil.diagnosis()).toEqual(worse)
  })

  it('closed, it runs nothing more', async () => {
    const vigil = start()
    vigil.see(true)
    vigil.close()
    vigil.see(true)
    await clock.advance(300_000)
    expect([clock.armed, examine.mock.calls.length]).toEqual([0, 0])
  })
})
