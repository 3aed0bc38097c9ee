import { describe, expect, it } from 'vitest'
import { manualClock } from '../machine/manual-clock.ts'
import { checkNames, type Instruments } from './check.ts'
import type { Patient } from './patient.ts'
import { checksOf, firstCause, runChecks } from './run-checks.ts'

const key = 'aa'.repeat(32)
const patient: Patient = {
  service: 'ork',
  host: '10.0.0.1',
  port: 49737,
  stateDir: '/state',
  files: {
    topic: key,
    discovery: { version: 1, orkPublicKey: key, bootstrap: ['dht-0:49737'] },
    roster: null,
    key: { kind: 'ok', publicKey: key, announcing: key },
    problems: {},
  },
  running: { kind: 'running', publicKey: key, joined: null, refused: [], missing: [] },
}
const never = new Promise<never>(() => undefined)
const instruments = (changes: Partial<Instruments> = {}): Instruments => ({
  resolve: () => Promise.resolve({ kind: 'found', address: '10.0.0.9' }),
  probe: () =>
    Promise.resolve({
      ping: () => Promise.resolve('answered'),
      findKey: () => Promise.resolve({ answered: 1, holding: 1 }),
      findTopic: () => Promise.resolve([]),
      close: () => Promise.resolve(),
    }),
  askOrk: () => Promise.resolve(null),
  probeFolder: () => Promise.resolve({ kind: 'ok' }),
  ...changes,
})
const results = (checked: Awaited<ReturnType<typeof runChecks>>) =>
  Object.fromEntries(checked.map(({ name, finding }) => [name, finding.kind]))

describe('runChecks', () => {
  it('runs what applies to a program, in the order of causes', async () => {
    const checked = await runChecks(patient, instruments(), { clock: manualClock() })
    expect(checked.map(({ name }) => name)).toEqual(checksOf('ork').map(({ name }) => name))
    expect(firstCause(checked)).toBeNull()
  })

  it('a failed check keeps those from running that need it, however far down, and no others', async () => {
    const checked = await runChecks(
      patient,
      instruments({
        resolve: () => Promise.resolve({ kind: 'absent' }),
        probe: () => Promise.reject(new Error('nothing to probe')),
      }),
      { clock: manualClock() },
    )
    expect(results(checked)).toMatchObject({ store: 'ok', names: 'failed', udp: 'skipped', workers: 'skipped' })
    expect(firstCause(checked)?.code).toBe('BootstrapUnresolved')
  })

  it('of two failures the one that comes first in the table is the cause, whichever ended first', async () => {
    const slow = new Promise<void>((resolve) => setImmediate(resolve))
    const checked = await runChecks(
      patient,
      instruments({
        probeFolder: () => slow.then(() => ({ kind: 'full', code: 'ENOSPC' })),
        resolve: () => Promise.resolve({ kind: 'unanswered' }),
      }),
      { clock: manualClock() },
    )
    expect(firstCause(checked)?.code).toBe('StoreFull')
  })

  it('a check that hangs is passed over after five seconds', async () => {
    const clock = manualClock()
    const checking = runChecks(patient, instruments({ probeFolder: () => never }), { clock })
    await clock.advance(5_000)
    expect(results(await checking)).toMatchObject({ store: 'skipped', udp: 'ok' })
  })

  it('once it is given up, nothing more is asked', async () => {
    const checked = await runChecks(patient, instruments({ resolve: () => never }), {
      clock: manualClock(),
      signal: AbortSignal.abort(),
    })
    expect(new Set(Object.values(results(checked)))).toEqual(new Set(['skipped']))
  })

  it('every check needs only what comes before it', () => {
    for (const service of ['ork', 'worker', 'app-node', 'dht'] as const) {
      for (const { name, needs } of checksOf(service)) {
        for (const need of needs) expect(checkNames.indexOf(need)).toBeLessThan(checkNames.indexOf(name))
      }
    }
  })
})
