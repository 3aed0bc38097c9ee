/**
 * What a Whatsminer does when it is told to: the write commands of the Whatsminer API 2.0.5 that the simulator has, with the
 * parameters and the limits of that document.
 */
import type { JsonObject } from '../drivers/json.ts'
import type { Pool } from '../drivers/pools.ts'
import type { MinerSettings } from '../drivers/simulated/miner-model.ts'
import { codes } from '../drivers/whatsminer/codes.ts'
import type { MinerNow, MinerSetup } from './miner-now.ts'

/** What a command changes. */
export interface Effect {
  readonly settings?: Partial<MinerSettings>
  readonly setup?: Partial<MinerSetup>
  readonly ledOn?: boolean
  /** Whether the whole system starts again, and whether it answers before it does. */
  readonly reboot?: 'after-answer' | 'at-once'
}

type Outcome =
  | { readonly kind: 'done'; readonly effect: Effect }
  | { readonly kind: 'refused'; readonly code: number; readonly message: string }

type WriteCommand = (miner: MinerNow, params: JsonObject) => Outcome

const writeCommands: Readonly<Record<string, WriteCommand>> = {
  reboot: (_, params) => done({ reboot: params['respbefore'] === 'true' ? 'after-answer' : 'at-once' }),
  power_off: () => done({ settings: { powerMode: 'sleep' } }),
  power_on: ({ setup }) => done({ settings: { powerMode: setup.modeWhenOn } }),
  set_low_power: (miner) => setMode(miner, 'low'),
  set_normal_power: (miner) => setMode(miner, 'normal'),
  set_high_power: (miner) => setMode(miner, 'high'),
  set_led: (_, params) => setLed(params),
  update_pools: (_, params) => updatePools(params),
  set_power_pct: (miner, params) => setPercent(miner, params),
  set_power_pct_v2: (miner, params) => setPercent(miner, params),
  adjust_upfreq_speed: (_, params) => adjustSpeed(params),
}

/** Write commands of the document that the simulator knows of and doesn't do. */
const otherCommands: ReadonlySet<string> = new Set([
  'restart_btminer',
  'update_firmware',
  'factory_reset',
  'update_pwd',
  'net_config',
  'download_logs',
  'set_target_freq',
  'enable_btminer_fast_boot',
  'disable_btminer_fast_boot',
  'enable_web_pools',
  'disable_web_pools',
  'set_hostname',
  'set_zone',
  'load_log',
  'pre_power_on',
  'set_temp_offset',
  'adjust_power_limit',
  'set_poweroff_cool',
  'set_fan_zero_speed',
])

/** Whether a command changes a miner, and so needs a token and encryption. */
export function isWriteCommand(command: string): boolean {
  return Object.hasOwn(writeCommands, command) || otherCommands.has(command)
}

/** What comes of a write command whose token was right. */
export function obey(miner: MinerNow, command: string, params: JsonObject): Outcome {
  const run = Object.hasOwn(writeCommands, command) ? writeCommands[command] : undefined
  return run?.(miner, params) ?? refused(codes.commandError, 'the simulator does not have this command')
}

function done(effect: Effect): Outcome {
  return { kind: 'done', effect }
}

function refused(code: number, message: string): Outcome {
  return { kind: 'refused', code, message }
}

/** A miner that is off stays off; it has the mode when it is switched on. */
function setMode({ state }: MinerNow, modeWhenOn: MinerSetup['modeWhenOn']): Outcome {
  const off = state.settings.powerMode === 'sleep'
  return done({ setup: { modeWhenOn }, ...(!off && { settings: { powerMode: modeWhenOn } }) })
}

function setLed(params: JsonObject): Outcome {
  if (params['param'] === 'auto') return done({ ledOn: false })
  const { color, period, duration, start } = params
  const fits = (color === 'red' || color === 'green') && [period, duration, start].every((ms) => typeof ms === 'number')
  return fits ? done({ ledOn: true }) : refused(codes.commandError, 'API parse led param error')
}

function updatePools(params: JsonObject): Outcome {
  const pools: Pool[] = []
  for (const n of [1, 2, 3]) {
    const [url, username, password] = [params[`pool${n}`], params[`worker${n}`], params[`passwd${n}`]]
    if (typeof url !== 'string' || typeof username !== 'string' || typeof password !== 'string') {
      return refused(codes.commandError, 'API parse pools param error')
    }
    if (url !== '') pools.push({ url, username })
  }
  return done({ setup: { pools } })
}

function setPercent({ model }: MinerNow, params: JsonObject): Outcome {
  const powerPct = wholeIn(params['percent'], model.cooling === 'air' ? 100 : 200)
  return powerPct === null ? refused(codes.commandError, 'power percent invalid') : done({ settings: { powerPct } })
}

function adjustSpeed(params: JsonObject): Outcome {
  const upfreqSpeed = wholeIn(params['upfreq_speed'], 10)
  return upfreqSpeed === null ? refused(codes.commandError, 'upfreq speed invalid') : done({ setup: { upfreqSpeed } })
}

/** Numbers are sent as text. */
function wholeIn(value: unknown, max: number): number | null {
  return typeof value === 'string' && /^\d{1,3}$/.test(value) && Number(value) <= max ? Number(value) : null
}
