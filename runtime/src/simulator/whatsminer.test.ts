import { readFile } from 'node:fs/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../drivers/json.ts'
import { decrypt, encrypt } from '../drivers/whatsminer/cipher.ts'
import { findModel } from '../drivers/whatsminer/models.ts'
import { grantOf, parseChallenge } from '../drivers/whatsminer/token.ts'
import { type ManualClock, manualClock } from '../machine/manual-clock.ts'
import { parseChanges } from './controls.ts'
import { type SimulatedWhatsminer, simulatedWhatsminer } from './whatsminer.ts'

const model = findModel('M30SP')!
/** Of the golden frames: first that of the password, then that of the token. */
const salts = ['', 'BQ5hoXV9', 'P5NTAcEp']
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
      expect(typeof ask({ cmd })?.['Msg']).toBe('object')
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
    [{ enc: 1, data: 'AAAA' }, 23],
    [{ enc: 1, data: 'AAAAAAAAAAAAAAAAAAAAAA==' }, 23],
    [{ enc: 1, data: 'not base64' }, 137],
    [{ enc: 1 }, 137],
  ])('refuses %j with code %i', (request, code) => {
    expect(ask(request)).toMatchObject({ STATUS: 'E', Code: code, Msg: expect.any(String) as string })
  })

  it('gives an address 32 tokens, and more when they have run out after 30 minutes', async () => {
    const tokens = Array.from({ length: 33 }, () => ask({ cmd: 'get_token' }))
    const time = String(Math.floor(clock.now() / 1000)).slice(-4)
    expect(tokens[0]).toMatchObject({ Code: 134, Msg: { time, salt: expect.stringMatching(/^\w{8}$/) as string } })
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

describe('simulated Whatsminer with tokens', () => {
  /** Somebody at an address who knows a password. */
  function caller(password = 'admin', from = '10.0.0.9') {
    const given = miner.answer('{"cmd":"get_token"}', from)
    const grant = grantOf(password, parseChallenge(given?.['Msg'] as JsonObject)!)
    return (request: object, token = grant.sign) => {
      const answer = miner.answer(
        JSON.stringify({ enc: 1, data: encrypt(JSON.stringify({ token, ...request }), grant.key) }),
        from,
      )
      if (typeof answer?.['enc'] !== 'string') return answer
      return JSON.parse(decrypt(answer['enc'], grant.key)!.replace(/\0+$/, '')) as JsonObject
    }
  }

  it('takes the golden frames and gives the golden answer, byte for byte', async () => {
    const read = async (name: string) => {
      const url = new URL(`../drivers/whatsminer/golden/${name}.json`, import.meta.url)
      return JSON.parse(await readFile(url, 'utf8')) as Record<string, string>
    }
    const { challenge, answer } = await read('exchange')
    for (const command of ['reboot', 'setPowerMode', 'setLED', 'setupPools', 'setPowerPct', 'setUpfreqSpeed']) {
      const golden = simulatedWhatsminer(1, model, manualClock(1_678_185_039_000), { saltOf: (n) => salts[n] ?? '' })
      const { frame, plain } = await read(command)
      expect(JSON.stringify(golden.answer('{"cmd":"get_token"}', 'a'))).toBe(challenge)
      expect(JSON.stringify(golden.answer(frame!, 'a'))).toBe(answer)
      expect(golden.view()['obeyed']).toEqual([(JSON.parse(plain!) as JsonObject)['cmd']])
    }
  })

  it('obeys, and shows it in what is read', () => {
    const send = caller()
    const pools = { pool1: 'stratum+tcp://x:1', worker1: 'me', passwd1: 'p', pool2: '', worker2: '', passwd2: '' }
    for (const request of [
      { cmd: 'set_low_power' },
      { cmd: 'set_led', color: 'red', period: 200, duration: 100, start: 0 },
      { cmd: 'update_pools', ...pools, pool3: '', worker3: '', passwd3: '' },
      { cmd: 'set_power_pct_v2', percent: '80' },
      { cmd: 'adjust_upfreq_speed', upfreq_speed: '4' },
    ]) {
      expect(send(request)).toMatchObject({ STATUS: 'S', Code: 131 })
    }
    expect(ask({ cmd: 'summary' })).toMatchObject({ SUMMARY: [{ 'Power Mode': 'Low' }] })
    expect(ask({ cmd: 'get_miner_info' })).toMatchObject({ Msg: { ledstat: 'manual', upfreq_speed: '4' } })
    expect(ask({ cmd: 'pools' })?.['POOLS']).toMatchObject([{ URL: 'stratum+tcp://x:1', User: 'me' }])
    expect(ask({ cmd: 'status' })).toMatchObject({ Msg: { power_pct: '80', power_mode: 'low', mineroff: 'false' } })
    send({ cmd: 'set_led', param: 'auto' })
    expect(ask({ cmd: 'get_miner_info' })).toMatchObject({ Msg: { ledstat: 'auto' } })
  })

  it('stays off when its mode is set, and has the mode when it is switched on', () => {
    const send = caller()
    send({ cmd: 'power_off', respbefore: 'true' })
    send({ cmd: 'set_high_power' })
    expect(ask({ cmd: 'status' })).toMatchObject({ Msg: { mineroff: 'true', power_mode: 'high' } })
    send({ cmd: 'power_on' })
    expect(ask({ cmd: 'status' })).toMatchObject({ Msg: { mineroff: 'false', power_mode: 'high' } })
  })

  it('answers a read that is encrypted encrypted', () => {
    expect(caller()({ cmd: 'status' })).toMatchObject({ Code: 131, Msg: { mineroff: 'false' } })
  })

  it.each([
    [{ cmd: 'make_coffee' }, 14],
    [{ cmd: 'factory_reset' }, 132],
    [{ cmd: 'update_pools', pool1: 'stratum+tcp://x:1' }, 132],
    [{ cmd: 'set_power_pct_v2', percent: '101' }, 132],
    [{ cmd: 'set_power_pct_v2', percent: 80 }, 132],
    [{ cmd: 'adjust_upfreq_speed', upfreq_speed: '11' }, 132],
    [{ cmd: 'set_led', color: 'blue' }, 132],
  ])('refuses %j with code %i and does nothing', (request, code) => {
    expect(caller()(request)).toMatchObject({ STATUS: 'E', Code: code })
    expect(miner.view()['obeyed']).toEqual([])
  })

  it('cannot read what was encrypted with another password, and says so in clear', () => {
    expect(caller('guess')({ cmd: 'reboot' })).toMatchObject({ Code: 23, Msg: 'enc json load err' })
    miner.change({ password: 'guess' })
    expect(caller('admin')({ cmd: 'set_low_power' })).toMatchObject({ Code: 23 })
    expect(caller('guess')({ cmd: 'set_low_power' })).toMatchObject({ Code: 131 })
  })

  it('knows a token for 30 minutes, at the address that it was given to, until it restarts or its password changes', async () => {
    const send = caller()
    expect(send({ cmd: 'set_low_power' }, 'made-up')).toMatchObject({ Code: 135 })
    await clock.advance(1_799_000)
    expect(send({ cmd: 'set_low_power' })).toMatchObject({ Code: 131 })
    await clock.advance(1_000)
    expect(send({ cmd: 'set_low_power' })).toMatchObject({ Code: 135 })
    const again = caller()
    miner.change({ rebootMs: 1_000 })
    await clock.advance(1_000)
    expect(again({ cmd: 'set_low_power' })).toMatchObject({ Code: 135 })
  })

  it('does not take the token of another address', () => {
    const { salt, newsalt, time } = ask({ cmd: 'get_token' })?.['Msg'] as Record<string, string>
    const { sign } = grantOf('admin', { salt: salt!, newsalt: newsalt!, time: time! })
    expect(caller('admin', '10.0.0.10')({ cmd: 'set_low_power' }, sign)).toMatchObject({ Code: 135 })
  })

  it('has tokens for 16 addresses at a time', async () => {
    const askFrom = (n: number) => miner.answer('{"cmd":"get_token"}', `10.0.1.${n}`)
    for (let n = 1; n <= 16; n += 1) expect(askFrom(n)).toMatchObject({ Code: 134 })
    expect(askFrom(17)).toMatchObject({ Code: 136 })
    expect(askFrom(16)).toMatchObject({ Code: 134 })
    await clock.advance(1_800_000)
    expect(askFrom(17)).toMatchObject({ Code: 134 })
  })

  it('takes no command while its API is switched off, and can be read', () => {
    miner.change({ apiSwitch: false })
    expect(caller()({ cmd: 'reboot' })).toMatchObject({ Code: 45, Msg: "can't access write cmd" })
    expect(caller()({ cmd: 'status' })).toMatchObject({ Code: 131 })
  })

  it('answers before it restarts if it is asked to, else not at all', async () => {
    miner.change({ restartMs: 5_000 })
    expect(caller()({ cmd: 'reboot', respbefore: 'true' })).toMatchObject({ Code: 131 })
    expect(miner.bootedAt()).toBe(clock.now() + 5_000)
    await clock.advance(5_000)
    expect(ask({ cmd: 'summary' })).toMatchObject({ SUMMARY: [{ Uptime: 0 }] })
    expect(caller()({ cmd: 'reboot' })).toBeNull()
    expect(miner.bootedAt()).toBe(clock.now() + 5_000)
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
