import { efficiency, type MinerSnapshot, type PoolStatus } from '../miner-snapshot.ts'
import { accessRefused, type DeviceStatus, type RawError } from '../snapshot.ts'
import { type Answers, type Fields, flag, number, text } from './fields.ts'
import type { WhatsminerModel } from './models.ts'

/**
 * What a Whatsminer's answers say, in our words.
 * Units there: hashrates in MH/s ("MHS av", "HS RT") but for "Factory GHS", power in W, temperatures in °C, fans in rpm,
 * "Uptime" (of the system) and "Elapsed" (of the mining program) in seconds.
 */
export function whatsminerSnapshot(answers: Answers, model: WhatsminerModel): MinerSnapshot {
  const { summary, status, info, version } = answers
  const hashrate = hashrateOf(summary, model)
  const powerW = number(summary, 'Power', 'Power_RT')
  const upS = number(summary, 'Uptime', 'Elapsed')
  const off = isOff(status)
  return {
    success: true,
    raw_errors: errorsOf(answers, model),
    stats: {
      status: statusOf(off, answers.errorCodes, hashrate.rt ?? hashrate.avg),
      power_w: powerW,
      efficiency_w_ths: efficiency(powerW, hashrate.rt ?? hashrate.avg),
      hashrate_mhs: hashrate,
      temperature_c: {
        ambient: number(summary, 'Env Temp'),
        min: number(summary, 'Chip Temp Min'),
        avg: number(summary, 'Chip Temp Avg', 'Temperature'),
        max: number(summary, 'Chip Temp Max', 'Temperature'),
        boards: answers.boards.map((board) => number(board, 'Temperature')),
      },
      fan_speed_rpm: { in: number(summary, 'Fan Speed In'), out: number(summary, 'Fan Speed Out') },
      frequency_mhz: { avg: number(summary, 'freq_avg'), target: number(summary, 'Target Freq') },
      uptime_ms: upS === null ? null : upS * 1000,
      shares: { accepted: number(summary, 'Accepted'), rejected: number(summary, 'Rejected') },
      pool_status: answers.pools.map(poolStatus),
    },
    config: {
      model: model.name,
      power_mode: off ? 'sleep' : powerMode(text(summary, 'Power Mode') ?? text(status, 'power_mode')),
      power_pct: number(status, 'power_pct'),
      power_limit_w: number(summary, 'Power Limit') ?? number(status, 'power_limit_set'),
      upfreq_speed: number(info, 'upfreq_speed'),
      led_status: ledStatus(text(info, 'ledstat')),
      firmware_ver: text(version, 'fw_ver') ?? text(status, 'Firmware Version', 'FirmwareVersion'),
      pool_config: answers.pools.map((pool) => ({ url: text(pool, 'URL') ?? '', username: text(pool, 'User') ?? '' })),
      network_config: { ip_address: text(info, 'ip'), mac_address: text(info, 'mac') ?? text(summary, 'MAC') },
    },
  }
}

/** Whether the miner says in `status` that it was told to sleep. */
export function isOff(status: Fields): boolean {
  return flag(status, 'mineroff', 'btmineroff') === true
}

function hashrateOf(summary: Fields, model: WhatsminerModel): MinerSnapshot['stats']['hashrate_mhs'] {
  const factoryGhs = number(summary, 'Factory GHS')
  return {
    rt: number(summary, 'HS RT', 'MHS 5s'),
    t_5s: number(summary, 'MHS 5s'),
    t_1m: number(summary, 'MHS 1m'),
    t_5m: number(summary, 'MHS 5m'),
    t_15m: number(summary, 'MHS 15m'),
    avg: number(summary, 'MHS av'),
    nominal: factoryGhs === null || factoryGhs === 0 ? model.nominalMhs : factoryGhs * 1000,
  }
}

function poolStatus(pool: Fields): PoolStatus {
  return {
    pool: text(pool, 'URL') ?? '',
    active: flag(pool, 'Stratum Active') ?? text(pool, 'Status') === 'Alive',
    accepted: number(pool, 'Accepted'),
    rejected: number(pool, 'Rejected'),
    stale: number(pool, 'Stale'),
  }
}

function statusOf(off: boolean, errorCodes: readonly string[], hashrateMhs: number | null): DeviceStatus {
  if (off) return 'sleeping'
  if (errorCodes.length > 0) return 'error'
  return hashrateMhs !== null && hashrateMhs > 0 ? 'mining' : 'not_mining'
}

function powerMode(name: string | null): string | null {
  return name === null || name === '' ? null : name.toLowerCase()
}

/** `auto` is the light's own blinking, anything else was asked for. */
function ledStatus(name: string | null): boolean | null {
  return name === null ? null : name !== 'auto'
}

/**
 * The miner's own error codes, and two remarks that are no fault of the miner: it doesn't take our commands, it is of another
 * model than declared.
 */
function errorsOf({ errorCodes, ownModel, refusal }: Answers, model: WhatsminerModel): readonly RawError[] {
  const differs = ownModel !== null && !isModel(ownModel, model)
  return [
    ...errorCodes.map((code) => ({ name: code, message: `the miner reports error ${code}` })),
    ...(refusal === null ? [] : [{ name: accessRefused, message: refusal }]),
    ...(differs ? [{ name: 'model_differs', message: `the miner says it is a ${ownModel}, not a ${model.name}` }] : []),
  ]
}

/** Whether the name that a miner gives itself (`M30S++_VE40`, `M56S`) is that of the model. */
function isModel(ownName: string, model: WhatsminerModel): boolean {
  return ownName.split('_')[0]?.toUpperCase() === model.ownName.toUpperCase()
}
