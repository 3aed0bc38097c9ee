import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../json.ts'
import { planOf, whatsminerCommands } from './commands.ts'
import { findModel } from './models.ts'

const names = (model: string | null) => whatsminerCommands(model).map(({ name }) => name)
const plan = (command: string, params: JsonObject, model = 'M63') => planOf(command, params, findModel(model)!)

describe('whatsminerCommands', () => {
  it('has the pace of tuning for the one model that has a choice, and for all models together', () => {
    expect(names('M56S')).toEqual(['reboot', 'setPowerMode', 'setLED', 'setupPools', 'setPowerPct'])
    expect(names('M63')).toEqual([...names('M56S'), 'setUpfreqSpeed'])
    expect(names(null)).toEqual(names('M63'))
  })

  it.each([
    ['M30SP', 100],
    ['M63', 200],
    [null, 200],
  ])('of %s takes power up to %i percent', (model, max) => {
    const command = whatsminerCommands(model).find(({ name }) => name === 'setPowerPct')
    expect(command?.params).toEqual([{ name: 'pct', type: 'number', required: true, min: 0, max }])
  })

  it('says of each command whether it may be repeated', () => {
    for (const { name, idempotent } of whatsminerCommands(null)) expect(idempotent, name).toBe(name !== 'reboot')
  })
})

describe('planOf', () => {
  it.each(['low', 'normal', 'high'])('wakes a miner that is asleep before it sets the mode %s', (mode) => {
    expect(plan('setPowerMode', { mode })).toEqual({
      kind: 'ok',
      value: { requests: [{ cmd: `set_${mode}_power` }], wakes: true, result: { mode } },
    })
  })

  it('has a miner answer before it sleeps or restarts, while it still can', () => {
    expect(plan('setPowerMode', { mode: 'sleep' })).toMatchObject({
      value: { requests: [{ cmd: 'power_off', respbefore: 'true' }], wakes: false },
    })
    expect(plan('reboot', {})).toMatchObject({ value: { requests: [{ cmd: 'reboot', respbefore: 'true' }] } })
  })

  it('gives the lights back to the miner', () => {
    expect(plan('setLED', { enabled: false })).toMatchObject({
      value: { requests: [{ cmd: 'set_led', param: 'auto' }] },
    })
  })

  it('replaces all three pools, and tells no password', () => {
    const pools = [{ url: 'stratum+tcp://a:1', worker_name: 'me', worker_password: 's3cret' }]
    expect(plan('setupPools', { pools })).toMatchObject({
      value: {
        requests: [{ pool1: 'stratum+tcp://a:1', worker1: 'me', passwd1: 's3cret', pool2: '', pool3: '', passwd3: '' }],
        result: { pools: ['stratum+tcp://a:1'] },
      },
    })
  })

  it.each<[string, JsonObject, string, string]>([
    ['setPowerPct', { pct: 101 }, 'M30SP', 'from 0 to 100'],
    ['setPowerPct', { pct: 201 }, 'M56S', 'from 0 to 200'],
    ['setPowerPct', { pct: 50.5 }, 'M56S', 'whole number'],
    ['setUpfreqSpeed', { speed: 1 }, 'M56S', 'no choice'],
    ['setUpfreqSpeed', { speed: 1.5 }, 'M63', 'whole number'],
    ['setUpfreqSpeed', { speed: 11 }, 'M63', 'from 0 to 10'],
    ['setPowerMode', { mode: 'turbo' }, 'M63', 'low, normal, high, sleep'],
    ['setupPools', { pools: [] }, 'M63', 'pools'],
    ['setupPools', { pools: [{ url: 'http://a', worker_name: 'me' }] }, 'M63', 'stratum+tcp://'],
  ])('says why %s with %j does not fit an %s', (command, params, model, reason) => {
    expect(plan(command, params, model)).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining(reason) as string,
    })
  })

  it('has nothing for a command that is not declared', () => {
    expect(plan('makeCoffee', {})).toBeNull()
  })
})
