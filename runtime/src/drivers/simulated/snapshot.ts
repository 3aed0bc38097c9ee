import { efficiency, type MinerSnapshot } from '../miner-snapshot.ts'
import type { Pool } from '../pools.ts'
import type { RawError } from '../snapshot.ts'
import { simulatedErrors } from './contract.ts'
import type { Fault } from './fault.ts'
import type { MinerDesign, MinerReading, MinerState } from './miner-model.ts'

/** What a simulated device is beside its miner. */
export interface Shown {
  readonly design: MinerDesign
  readonly state: MinerState
  readonly model: string | null
  readonly fault: Fault
  readonly ledOn: boolean
  readonly pools: readonly Pool[]
}

/** The snapshot of a simulated device. */
export function simulatedSnapshot(shown: Shown, reading: MinerReading): MinerSnapshot {
  const { hashrateMhs: mhs, chipC } = reading
  const { powerMode } = shown.state.settings
  const errors = errorsOf(shown.fault)
  return {
    success: true,
    raw_errors: errors,
    stats: {
      status:
        errors.length > 0 ? 'error' : powerMode === 'sleep' ? 'sleeping' : reading.hashing ? 'mining' : 'not_mining',
      power_w: reading.powerW,
      efficiency_w_ths: efficiency(reading.powerW, mhs.rt),
      hashrate_mhs: {
        rt: mhs.rt,
        t_5s: mhs.t5s,
        t_1m: mhs.t1m,
        t_5m: mhs.t5m,
        t_15m: mhs.t15m,
        avg: mhs.avg,
        nominal: shown.design.nominalMhs,
      },
      temperature_c: {
        ambient: reading.ambientC,
        ...chipC,
        boards: reading.boards.map((board) => board.temperatureC),
      },
      fan_speed_rpm: { in: reading.fanInRpm, out: reading.fanOutRpm },
      frequency_mhz: { avg: reading.frequencyMhz, target: reading.targetFrequencyMhz },
      uptime_ms: reading.uptimeS * 1000,
      shares: { accepted: reading.accepted, rejected: reading.rejected },
      pool_status: shown.pools.map(({ url }, index) => ({
        pool: url,
        active: index === 0 && reading.hashing,
        accepted: index === 0 ? reading.accepted : 0,
        rejected: index === 0 ? reading.rejected : 0,
        stale: 0,
      })),
    },
    config: {
      model: shown.model,
      power_mode: powerMode,
      power_pct: shown.state.settings.powerPct,
      power_limit_w: Math.round(shown.design.nominalPowerW * 1.3),
      upfreq_speed: null,
      led_status: shown.ledOn,
      firmware_ver: 'simulated-1',
      pool_config: shown.pools.map(({ url, username }) => ({ url, username })),
      network_config: { ip_address: null, mac_address: null },
    },
  }
}

function errorsOf(fault: Fault): readonly RawError[] {
  if (fault === 'error') return [{ name: 'hash_board_lost', message: simulatedErrors.hash_board_lost }]
  if (fault === 'overheating') return [{ name: 'over_temperature', message: simulatedErrors.over_temperature }]
  return []
}
