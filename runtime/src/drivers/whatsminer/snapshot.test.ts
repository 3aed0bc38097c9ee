import { describe, expect, it } from 'vitest'
import { readAnswer } from './answer.ts'
import { type Answers, errorCodes } from './fields.ts'
import { findModel } from './models.ts'
import { whatsminerSnapshot } from './snapshot.ts'

const model = findModel('m30spp')!

/** As an M30S++ with API 2.0.5 answers. */
const answers: Answers = {
  summary: {
    Elapsed: 2648,
    'MHS av': 84983730.62,
    'MHS 5s': 102423869.64,
    'MHS 1m': 86361423.06,
    'MHS 5m': 84941366.02,
    'MHS 15m': 84969424.09,
    'HS RT': 84941366.02,
    Accepted: 804,
    Rejected: 3,
    Temperature: 80.0,
    freq_avg: 646,
    'Fan Speed In': 4530,
    'Fan Speed Out': 4560,
    Power: 3593,
    Uptime: 20507,
    'Target Freq': 574,
    'Env Temp': 32.0,
    'Power Mode': 'Normal',
    'Factory GHS': 84773,
    'Power Limit': 3600,
    'Chip Temp Min': 75.17,
    'Chip Temp Max': 101.25,
    'Chip Temp Avg': 89.6,
  },
  pools: [
    {
      POOL: 1,
      URL: 'stratum+tcp://a.example:443',
      Status: 'Alive',
      User: 'me.1',
      Accepted: 804,
      Rejected: 3,
      Stale: 1,
      'Stratum Active': true,
    },
    { POOL: 2, URL: 'stratum+tcp://b.example:443', Status: 'Dead', User: 'me.1' },
  ],
  boards: [{ Temperature: 79.5 }, { Temperature: '80.25' }, {}],
  status: { mineroff: 'false', power_pct: '90', hash_percent: '0', FirmwareVersion: "'20230911.12.Rel'" },
  info: { ip: '10.0.0.5', mac: 'C6:07:20:00:1E:C2', ledstat: 'auto', upfreq_speed: '2' },
  version: {},
  errorCodes: [],
  ownModel: 'M30S++_VE40',
  refusal: null,
}

describe('whatsminerSnapshot', () => {
  it('puts what the miner says into the fields and units of a snapshot', () => {
    expect(whatsminerSnapshot(answers, model)).toEqual({
      success: true,
      raw_errors: [],
      stats: {
        status: 'mining',
        power_w: 3593,
        efficiency_w_ths: 42.3,
        hashrate_mhs: {
          rt: 84941366.02,
          t_5s: 102423869.64,
          t_1m: 86361423.06,
          t_5m: 84941366.02,
          t_15m: 84969424.09,
          avg: 84983730.62,
          nominal: 84_773_000,
        },
        temperature_c: { ambient: 32, min: 75.17, avg: 89.6, max: 101.25, boards: [79.5, 80.25, null] },
        fan_speed_rpm: { in: 4530, out: 4560 },
        frequency_mhz: { avg: 646, target: 574 },
        uptime_ms: 20_507_000,
        shares: { accepted: 804, rejected: 3 },
        pool_status: [
          { pool: 'stratum+tcp://a.example:443', active: true, accepted: 804, rejected: 3, stale: 1 },
          { pool: 'stratum+tcp://b.example:443', active: false, accepted: null, rejected: null, stale: null },
        ],
      },
      config: {
        model: 'M30SPP',
        power_mode: 'normal',
        power_pct: 90,
        power_limit_w: 3600,
        upfreq_speed: 2,
        led_status: false,
        firmware_ver: '20230911.12.Rel',
        pool_config: [
          { url: 'stratum+tcp://a.example:443', username: 'me.1' },
          { url: 'stratum+tcp://b.example:443', username: 'me.1' },
        ],
        network_config: { ip_address: '10.0.0.5', mac_address: 'C6:07:20:00:1E:C2' },
      },
    })
  })

  it('is null where an old firmware says nothing, and takes the maker’s word for the nominal hashrate', () => {
    const old = {
      ...answers,
      summary: { 'MHS av': '1000.5' },
      status: {},
      info: {},
      pools: [],
      boards: [],
      ownModel: null,
    }
    expect(whatsminerSnapshot(old, model)).toMatchObject({
      raw_errors: [],
      stats: {
        status: 'mining',
        power_w: null,
        efficiency_w_ths: null,
        hashrate_mhs: { rt: null, avg: 1000.5, nominal: 112_000_000 },
        uptime_ms: null,
      },
      config: { power_mode: null, firmware_ver: null, led_status: null },
    })
  })

  it.each([
    [{ status: { mineroff: 'true' } }, 'sleeping', 'sleep'],
    [{ status: { btmineroff: 'true' } }, 'sleeping', 'sleep'],
    [{ errorCodes: ['203'] }, 'error', 'normal'],
    [{ summary: { 'HS RT': 0, 'Power Mode': 'Low' } }, 'not_mining', 'low'],
  ])('with %j is %s in mode %s', (change, status, mode) => {
    expect(whatsminerSnapshot({ ...answers, ...change }, model)).toMatchObject({
      stats: { status },
      config: { power_mode: mode },
    })
  })

  it('remarks another model without calling the miner faulty', () => {
    expect(whatsminerSnapshot({ ...answers, ownModel: 'M30S+_VE40' }, model)).toMatchObject({
      raw_errors: [{ name: 'model_differs' }],
      stats: { status: 'mining' },
    })
  })

  it('says that the miner does not take our commands, without calling it faulty', () => {
    expect(whatsminerSnapshot({ ...answers, refusal: 'wrong password' }, model)).toMatchObject({
      raw_errors: [{ name: 'access_refused', message: 'wrong password' }],
      stats: { status: 'mining' },
    })
  })
})

describe('errorCodes', () => {
  it('reads the three forms in which firmwares list them', () => {
    expect(errorCodes({ error_code: ['329', 110, { '203': '2023-01-31 10:00:00' }] })).toEqual(['329', '110', '203'])
    expect(errorCodes({})).toEqual([])
  })
})

describe('readAnswer', () => {
  it('finds the outcome in the newer form, the older form, and where there is none', () => {
    expect(readAnswer({ STATUS: 'E', Code: 14, Msg: 'invalid cmd' })).toEqual({
      kind: 'refused',
      code: 14,
      message: 'invalid cmd',
    })
    expect(readAnswer({ STATUS: [{ STATUS: 'E', Msg: 'no' }] })).toEqual({ kind: 'refused', code: null, message: 'no' })
    expect(readAnswer({ STATUS: 'S', Code: 131 })).toMatchObject({ kind: 'ok' })
    expect(readAnswer({ btmineroff: 'false' })).toMatchObject({ kind: 'ok' })
  })
})
