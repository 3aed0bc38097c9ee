/**
 * What a Whatsminer answers to its read commands: field names, units and codes of the Whatsminer API 2.0.5. Hashrates are in
 * MH/s but for "Factory GHS", temperatures in °C, power in W, times in seconds.
 */
import type { JsonObject } from '../drivers/json.ts'
import { warmUpMs } from '../drivers/simulated/miner-model.ts'
import { codes } from '../drivers/whatsminer/codes.ts'
import type { MinerNow } from './miner-now.ts'

/** A read command: its name for the values in the older form of answers, or null where they are always under `Msg`. */
interface ReadCommand {
  readonly list: string | null
  readonly title: string
  readonly values: (miner: MinerNow) => JsonObject | readonly JsonObject[]
}

const readCommands: Readonly<Record<string, ReadCommand>> = {
  summary: { list: 'SUMMARY', title: 'Summary', values: summary },
  pools: { list: 'POOLS', title: '3 Pool(s)', values: pools },
  edevs: { list: 'DEVS', title: 'ASC(s)', values: boards },
  devs: { list: 'DEVS', title: 'ASC(s)', values: boards },
  devdetails: { list: 'DEVDETAILS', title: 'Device Details', values: details },
  status: { list: null, title: '', values: status },
  get_version: { list: null, title: '', values: version },
  get_psu: { list: null, title: '', values: powerSupply },
  get_miner_info: { list: null, title: '', values: info },
  get_error_code: { list: null, title: '', values: ({ controls }) => ({ error_code: [...controls.errorCodes] }) },
}

/** The answer to a command that only reads. */
export function answerOf(miner: MinerNow, command: string): JsonObject {
  const read = Object.hasOwn(readCommands, command) ? readCommands[command] : undefined
  if (read === undefined) return refusal(miner, codes.invalidCommand, 'invalid cmd')
  const values = read.values(miner)
  if (read.list === null || miner.controls.quirk === 'msg-form') return success(miner, codes.ok, values)
  return {
    STATUS: [{ STATUS: 'S', Msg: read.title }],
    [read.list]: Array.isArray(values) ? values : [values],
  }
}

export function success(
  { nowMs }: MinerNow,
  code: number,
  message: string | JsonObject | readonly JsonObject[],
): JsonObject {
  return { STATUS: 'S', When: Math.floor(nowMs / 1000), Code: code, Msg: message, Description: '' }
}

export function refusal({ nowMs }: MinerNow, code: number, message: string): JsonObject {
  return { STATUS: 'E', When: Math.floor(nowMs / 1000), Code: code, Msg: message, Description: '' }
}

export function summary({ reading, setup, model, controls }: MinerNow): JsonObject {
  const { hashrateMhs: mhs, chipC, accepted, rejected } = reading
  const elapsedS = Math.max(0, reading.uptimeS - warmUpMs / 1000)
  const own = controls.hashrateMhs
  const avg = own ?? mhs.avg
  const nominalGhs = model.nominalMhs / 1000
  return {
    Elapsed: elapsedS,
    'MHS av': avg,
    'MHS 5s': own ?? mhs.t5s,
    'MHS 1m': own ?? mhs.t1m,
    'MHS 5m': own ?? mhs.t5m,
    'MHS 15m': own ?? mhs.t15m,
    'HS RT': own ?? mhs.rt,
    Accepted: accepted,
    Rejected: rejected,
    'Total MH': Math.round(avg * elapsedS),
    Temperature: Math.max(...reading.boards.map((board) => board.temperatureC)),
    freq_avg: reading.frequencyMhz,
    'Fan Speed In': reading.fanInRpm,
    'Fan Speed Out': reading.fanOutRpm,
    Power: reading.powerW,
    'Power Rate': avg > 0 ? Math.round((reading.powerW / (avg / 1e6)) * 100) / 100 : 0,
    'Pool Rejected%': accepted > 0 ? Math.round((rejected / (accepted + rejected)) * 1e6) / 1e4 : 0,
    'Pool Stale%': 0,
    'Last getwork': 0,
    Uptime: reading.uptimeS,
    'Security Mode': 0,
    'Hash Stable': reading.hashing && elapsedS > 900,
    'Hash Stable Cost Seconds': 900,
    'Hash Deviation%': 0.1,
    'Target Freq': reading.targetFrequencyMhz,
    'Target MHS': model.nominalMhs,
    'Env Temp': reading.ambientC,
    'Power Mode': modeNames[setup.modeWhenOn],
    'Factory GHS': nominalGhs,
    'Power Limit': Math.round(model.nominalPowerW * 1.05),
    'Chip Temp Min': chipC.min,
    'Chip Temp Max': chipC.max,
    'Chip Temp Avg': chipC.avg,
    Debug: '',
    'Btminer Fast Boot': 'disable',
  }
}

export function pools({ setup, reading }: MinerNow): readonly JsonObject[] {
  return setup.pools.map(({ url, username }, position) => ({
    POOL: position + 1,
    URL: url,
    Status: 'Alive',
    Priority: position,
    Quota: 1,
    Accepted: position === 0 ? reading.accepted : 0,
    Rejected: position === 0 ? reading.rejected : 0,
    Stale: 0,
    User: username,
    'Stratum Active': position === 0 && reading.hashing,
    'Stratum Difficulty': position === 0 ? 262_144 : 0,
    'Pool Rejected%': 0,
    'Pool Stale%': 0,
  }))
}

export function status({ state, setup, controls }: MinerNow): JsonObject {
  const off = state.settings.powerMode === 'sleep'
  return {
    mineroff: String(off),
    mineroff_reason: off ? 'by api' : '',
    mineroff_time: '',
    FirmwareVersion: firmware,
    power_mode: setup.modeWhenOn,
    power_pct: String(state.settings.powerPct),
    hash_percent: '0',
    ledstat: ledName(controls.ledOn),
  }
}

const firmware = '20240624.16.Rel'

function boards({ reading, model, controls }: MinerNow): readonly JsonObject[] {
  return reading.boards.map((board, slot) => {
    const mhs = controls.hashrateMhs === null ? board.hashrateMhs : controls.hashrateMhs / model.boards
    return {
      ASC: slot,
      Slot: slot,
      Enabled: 'Y',
      Status: 'Alive',
      Temperature: board.temperatureC,
      'Chip Frequency': reading.frequencyMhz,
      'MHS av': mhs,
      'MHS 5s': mhs,
      'MHS 1m': mhs,
      'MHS 5m': mhs,
      'MHS 15m': mhs,
      'HS RT': mhs,
      'Factory GHS': Math.round(model.nominalMhs / 1000 / model.boards),
      'Upfreq Complete': reading.hashing ? 1 : 0,
      'Effective Chips': 111,
    }
  })
}

function details({ model }: MinerNow): readonly JsonObject[] {
  return Array.from({ length: model.boards }, (_, board) => ({
    DEVDETAILS: board,
    Name: 'SM',
    ID: board,
    Driver: 'bitmicro',
    Kernel: '',
    Model: `${model.ownName}_VH30`,
  }))
}

function version({ model }: MinerNow): JsonObject {
  return { api_ver: '2.0.5', fw_ver: firmware, platform: 'H616', chip: `${model.ownName} 0x${model.boards}` }
}

function powerSupply({ reading, index }: MinerNow): JsonObject {
  return {
    name: 'P463B',
    hw_version: 'V01',
    sw_version: 'V01.01',
    model: 'P463B',
    iin: String(Math.round((reading.powerW / 400) * 1000)),
    vin: '40000',
    fan_speed: String(reading.fanInRpm),
    serial_no: `SIM${String(index).padStart(8, '0')}`,
    vendor: '1',
  }
}

function info({ index, setup, controls }: MinerNow): JsonObject {
  const last = [(index >> 16) & 255, (index >> 8) & 255, index & 255]
  return {
    ip: '0.0.0.0',
    proto: 'dhcp',
    netmask: '255.255.255.0',
    gateway: '0.0.0.0',
    dns: '0.0.0.0',
    hostname: `whatsminer-${index}`,
    // A locally administered address: no real miner has it.
    mac: ['02', '4d', '4b', ...last.map((byte) => byte.toString(16).padStart(2, '0'))].join(':').toUpperCase(),
    ledstat: ledName(controls.ledOn),
    upfreq_speed: String(setup.upfreqSpeed),
  }
}

function ledName(on: boolean): string {
  return on ? 'manual' : 'auto'
}

/** A Whatsminer has three modes; sleeping is its `mineroff`. */
const modeNames = { low: 'Low', normal: 'Normal', high: 'High' } as const
