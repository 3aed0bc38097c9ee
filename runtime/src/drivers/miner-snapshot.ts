import type { TelemetryDeclaration } from './device-contract.ts'
import type { DeviceStatus, RawError } from './snapshot.ts'

/** The snapshot of a Bitcoin miner, with the field names of protocol 0.3. Null is what the miner doesn't tell. */
export type MinerSnapshot = {
  readonly success: true
  readonly raw_errors: readonly RawError[]
  readonly stats: {
    readonly status: DeviceStatus
    readonly power_w: number | null
    /** Watts for a terahash a second; null while nothing is hashed. */
    readonly efficiency_w_ths: number | null
    /** `avg` since mining began, `t_…` over a time, `rt` now, `nominal` as the maker promises. */
    readonly hashrate_mhs: HashrateMhs
    /** Of the chips but for `ambient`; `boards` one for each hash board. */
    readonly temperature_c: {
      readonly ambient: number | null
      readonly min: number | null
      readonly avg: number | null
      readonly max: number | null
      readonly boards: readonly (number | null)[]
    }
    /** 0 in a miner that is cooled by liquid. */
    readonly fan_speed_rpm: { readonly in: number | null; readonly out: number | null }
    readonly frequency_mhz: { readonly avg: number | null; readonly target: number | null }
    readonly uptime_ms: number | null
    readonly shares: { readonly accepted: number | null; readonly rejected: number | null }
    readonly pool_status: readonly PoolStatus[]
  }
  readonly config: {
    readonly model: string | null
    /** `low`, `normal`, `high` or `sleep`. */
    readonly power_mode: string | null
    /** Of the power that the mode allows. */
    readonly power_pct: number | null
    readonly power_limit_w: number | null
    /** How hastily it searches its frequencies, 0 to 10; only some miners have a choice. */
    readonly upfreq_speed: number | null
    readonly led_status: boolean | null
    readonly firmware_ver: string | null
    readonly pool_config: readonly { readonly url: string; readonly username: string }[]
    readonly network_config: {
      readonly ip_address: string | null
      readonly mac_address: string | null
    }
  }
}

type HashrateMhs = {
  readonly rt: number | null
  readonly t_5s: number | null
  readonly t_1m: number | null
  readonly t_5m: number | null
  readonly t_15m: number | null
  readonly avg: number | null
  readonly nominal: number | null
}

export type PoolStatus = {
  readonly pool: string
  readonly active: boolean
  readonly accepted: number | null
  readonly rejected: number | null
  readonly stale: number | null
}

/** The telemetry channels that every miner has. */
export const minerTelemetry: readonly TelemetryDeclaration[] = [
  { name: 'hashrate_rt', type: 'number', unit: 'MH/s', description: 'Hashrate now.' },
  { name: 'hashrate_avg', type: 'number', unit: 'MH/s', description: 'Mean hashrate since mining began.' },
  { name: 'power', type: 'number', unit: 'W', description: 'Power drawn at the plug.' },
  { name: 'temperature', type: 'number', unit: '°C', description: 'Temperature of the hottest chip.' },
  { name: 'fan_speed_in', type: 'number', unit: 'rpm', description: 'Speed of the intake fan; 0 if cooled by liquid.' },
  {
    name: 'fan_speed_out',
    type: 'number',
    unit: 'rpm',
    description: 'Speed of the exhaust fan; 0 if cooled by liquid.',
  },
  { name: 'status', type: 'string', description: 'mining, not_mining, sleeping or error.' },
  { name: 'uptime', type: 'number', unit: 'ms', description: 'Time since the miner was started.' },
  { name: 'accepted_shares', type: 'number', description: 'Shares that pools accepted since the start.' },
  { name: 'rejected_shares', type: 'number', description: 'Shares that pools rejected since the start.' },
  { name: 'pool_url', type: 'string', description: 'The first pool of the configuration.' },
  { name: 'efficiency', type: 'number', unit: 'W/TH/s', description: 'Power for a terahash a second.' },
  { name: 'power_mode', type: 'string', description: 'low, normal, high or sleep.' },
  { name: 'snap', type: 'object', description: 'Everything that the miner tells.' },
]

/** Where each of those channels stands in a MinerSnapshot. */
export const minerChannels: Readonly<Record<string, string>> = {
  hashrate_rt: 'stats.hashrate_mhs.rt',
  hashrate_avg: 'stats.hashrate_mhs.avg',
  power: 'stats.power_w',
  temperature: 'stats.temperature_c.max',
  fan_speed_in: 'stats.fan_speed_rpm.in',
  fan_speed_out: 'stats.fan_speed_rpm.out',
  status: 'stats.status',
  uptime: 'stats.uptime_ms',
  accepted_shares: 'stats.shares.accepted',
  rejected_shares: 'stats.shares.rejected',
  pool_url: 'config.pool_config.0.url',
  efficiency: 'stats.efficiency_w_ths',
  power_mode: 'config.power_mode',
  snap: '',
}

/** What `health` of a miner's contract says. */
export const minerHealth = { supportedStates: ['OK', 'DEGRADED', 'OFFLINE'], alerts: [] } as const

/** Watts for a terahash a second, to a tenth. */
export function efficiency(powerW: number | null, hashrateMhs: number | null): number | null {
  if (powerW === null || hashrateMhs === null || hashrateMhs <= 0) return null
  return Math.round((powerW / (hashrateMhs / 1e6)) * 10) / 10
}
