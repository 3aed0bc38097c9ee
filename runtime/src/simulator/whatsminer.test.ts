import { beforeEach, describe, expect, it } from 'vitest'
import { findModel } from '../drivers/whatsminer/models.ts'
import { type ManualClock, manualClock } from '../machine/manual-clock.ts'
import { parseChanges } from './controls.ts'
import { type SimulatedWhatsminer, simulatedWhatsminer } from './whatsminer.ts'

const model = findModel('M30SP')!
let clock: ManualClock
let miner: SimulatedWhatsminer
beforeEach(() => {
  clock = manualClock()
  miner = simulatedWhatsminer(1, model, clock)
})
const ask = (request: object | string) =>
  miner.answer(typeof request === 'string' ? request : JSON.stringify(request), '10.0.0.9')

describe('simulated Whatsminer', () => {
  it('answers read commands in the older form: STATUS as a list, values under their own name', () => {
    expect(ask({ cmd: 'summary' })).toMatchObject({
      STATUS: [{ STATUS: 'S', Msg: 'Summary' }],
      SUMMARY: [{ 'Power Mode': 'Normal', 'Factory GHS': 100_000 }],
    })
    expect(ask({ command: 'pools' })).toMatchObject({ POOLS: [{ POOL: 1 }, { POOL: 2 }, { POOL: 3 }] })
    expect(ask({ cmd: 'edevs' })).toMatchObject({ DEVS: [{ ASC: 0 }, { ASC: 1 }, { ASC: 2 }] })
    expect(ask({ cmd: 'devdetails' })).toMatchObject({ DEVDETAILS: [{ Model: 'M30S+_VH30' }, {}, {}] })
  })

  it.each(['status', 'get_version', 'get_psu', 'get_miner_info', 'get_error_code'])(
    'answers %s with code 131 and the values under Msg',
    (cmd) => {
      expect(ask({ cmd })).toMatchObject({
        STATUS: 'S',
        Code: 131,
        When: Math.floor(clock.now() / 1000),
        Description: '',
      })
      expect(typeof ask({ cmd })['Msg']).toBe('object')
    },
  )

  it.each([
    [{ cmd: 'make_coffee' }, 14],
    [{ nothing: 1 }, 14],
    ['[1]', 14],
    ['{"cmd":', 23],
    ['summary', 23],
    [{ cmd: 'reboot' }, 135],
    [{ token: 'x', cmd: 'set_low_power' }, 135],
    [{ enc: 1, data: 'AAAA' }, 135],
  ])('refuses %j with code %i', (request, code) => {
    expect(ask(request)).toMatchObject({ STATUS: 'E', Code: code, Msg: expect.any(String) as string })
  })

  it('gives an address 32 tokens, and more when they have run out after 30 minutes', async () => {
    const tokens = Array.from({ length: 33 }, () => ask({ cmd: 'get_token' }))
    expect(tokens[0]).toMatchObject({ Code: 134, Msg: { time: expect.any(String) as string } })
    expect(tokens[31]).toMatchObject({ Code: 134 })
    expect(tokens[32]).toMatchObject({ STATUS: 'E', Code: 136 })
    expect(miner.answer('{"cmd":"get_token"}', '10.0.0.10')).toMatchObject({ Code: 134 })
    await clock.advance(1_800_000)
    expect(ask({ cmd: 'get_token' })).toMatchObject({ Code: 134 })
  })

  it('shows in its view the very fields of its answers, and the same as any other process would', () => {
    const view = miner.view()
    expect(ask({ cmd: 'summary' })).toMatchObject({ SUMMARY: [view['summary']] })
    expect(ask({ cmd: 'pools' })).toMatchObject({ POOLS: view['pools'] })
    expect(ask({ cmd: 'status' })).toMatchObject({ Msg: view['status'] })
    expect(simulatedWhatsminer(1, model, clock).view()).toEqual(view)
    expect(simulatedWhatsminer(2, model, clock).view()['summary']).not.toEqual(view['summary'])
  })

  it('stands in liquid without fans, if that is its model', () => {
    const immersed = simulatedWhatsminer(1, findModel('M56S')!, clock).view()
    expect(immersed['summary']).toMatchObject({ 'Fan Speed In': 0, 'Fan Speed Out': 0 })
  })

  it('changes with what is set on it', () => {
    miner.change({ powerMode: 'sleep', errorCodes: ['203'], ledOn: true })
    expect(ask({ cmd: 'status' })).toMatchObject({ Msg: { mineroff: 'true' } })
    expect(ask({ cmd: 'get_error_code' })).toMatchObject({ Msg: { error_code: ['203'] } })
    expect(ask({ cmd: 'get_miner_info' })).toMatchObject({ Msg: { ledstat: 'manual' } })
    expect(ask({ cmd: 'summary' })).toMatchObject({ SUMMARY: [{ 'HS RT': 0 }] })
    miner.change({ powerMode: 'high', hashrateMhs: 5 })
    expect(ask({ cmd: 'summary' })).toMatchObject({ SUMMARY: [{ 'HS RT': 5, 'MHS av': 5, 'Power Mode': 'High' }] })
    expect(miner.controls().errorCodes).toEqual(['203'])
  })

  it('is away while it reboots and counts from zero then', async () => {
    miner.change({ rebootMs: 4_000 })
    expect(miner.view()).toMatchObject({ online: false })
    await clock.advance(4_000)
    expect(miner.view()).toMatchObject({ online: true, summary: { Uptime: 0, Accepted: 0 } })
  })
})

describe('parseChanges', () => {
  it.each([[undefined], [{ fault: 'lost' }], [{ colour: 'red' }], [{ powerPct: 101 }], [{ errorCodes: ['x'] }]])(
    'refuses %j',
    (json) => {
      expect(parseChanges(json)).toMatchObject({ kind: 'problem', reason: 'ControlsMalformed' })
    },
  )
})
