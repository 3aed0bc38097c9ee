import { describe, expect, it } from 'vitest'
import { failed } from '../client/ork-answer.ts'
import type { ListedWorker } from '../client/ork-replies.ts'
import { formatHealth, type HealthFacts } from './health.ts'

const worker = (workerId: string, state: string, healthState: string, deviceIds: string[]): ListedWorker => ({
  workerId,
  state,
  healthState,
  deviceIds,
  rpcKey: 'ab',
  unhealthyDeviceIds: [] as string[] | null,
  driver: 'simulated',
  model: null,
})
const healthy: HealthFacts = {
  connection: { kind: 'connected' },
  orkPublicKey: 'cd',
  workers: { kind: 'ok', value: [worker('w1', 'READY', 'HEALTHY', ['a.1', 'a.2'])] },
  fileProblems: {},
  diagnosis: null,
  detailed: false,
}

describe('formatHealth', () => {
  it('is ok, with counts and without keys, when all is well', () => {
    expect(formatHealth(healthy)).toEqual({
      status: 'ok',
      ork: { reachable: true, publicKeyConfigured: true, problem: null, diagnosis: null },
      workers: { total: 1, ready: 1 },
      devices: { total: 2, ready: 2, healthy: 2 },
      problems: {},
    })
  })

  it('shows keys and each worker to who may read', () => {
    const health = formatHealth({ ...healthy, detailed: true })
    expect(health.ork.publicKey).toBe('cd')
    expect(health.workers?.list).toEqual([
      {
        workerId: 'w1',
        publicKey: 'ab',
        driver: 'simulated',
        model: null,
        state: 'READY',
        health: 'HEALTHY',
        devices: 2,
      },
    ])
  })

  it('counts devices without a fault of workers that are ready, and says nothing of them where ORK does not', () => {
    const lame = { ...worker('w1', 'READY', 'HEALTHY', ['a.1', 'a.2']), unhealthyDeviceIds: ['a.1'] }
    const dead = worker('w2', 'READY', 'DEAD', ['b.1'])
    const devicesOf = (value: readonly ListedWorker[]) =>
      formatHealth({ ...healthy, workers: { kind: 'ok', value } }).devices
    expect(devicesOf([lame, dead])).toEqual({ total: 3, ready: 2, healthy: 1 })
    expect(devicesOf([lame, { ...worker('w3', 'READY', 'HEALTHY', ['c.1']), unhealthyDeviceIds: null }])).toEqual({
      total: 3,
      ready: 3,
      healthy: null,
    })
  })

  it.each([
    ['READY', 'SICK'],
    ['READY', 'DEAD'],
    ['IDENTITY_SAVED', 'UNKNOWN'],
  ])('counts a worker that is %s and %s, but not as ready, and is degraded', (state, healthState) => {
    const value = [worker('w1', 'READY', 'HEALTHY', ['a.1']), worker('w2', state, healthState, ['b.1', 'b.2'])]
    expect(formatHealth({ ...healthy, workers: { kind: 'ok', value } })).toMatchObject({
      status: 'degraded',
      workers: { total: 2, ready: 1 },
      devices: { total: 3, ready: 1 },
    })
  })

  it.each<[Partial<HealthFacts>, RegExp]>([
    [{ connection: { kind: 'keyless' }, orkPublicKey: null }, /no ORK public key is known/],
    [{ connection: { kind: 'dialling', failure: null } }, /being dialled/],
    [{ connection: { kind: 'dialling', failure: 'unreachable' } }, /cannot be reached/],
    [{ connection: { kind: 'dialling', failure: 'refused' } }, /add its public key to the callers/],
    [{}, /did not answer in time/],
    [{ workers: failed('ERR_INTERNAL', 'what ORK said') }, /what ORK said/],
  ])('counts nothing and says why when ORK does not answer: %j', (facts, problem) => {
    const health = formatHealth({ ...healthy, workers: null, ...facts })
    expect(health).toMatchObject({ status: 'degraded', workers: null, devices: null, ork: { reachable: false } })
    expect(health.ork.problem).toMatch(problem)
  })

  it('is degraded by a folder that cannot be used, and names it', () => {
    const health = formatHealth({ ...healthy, fileProblems: { tokens: 'TokensMalformed: …' } })
    expect(health).toMatchObject({ status: 'degraded', problems: { tokens: 'TokensMalformed: …' } })
  })
})
