/** The commands of the contract, in those of the Whatsminer API 2.0.5. Pure. */
import { type Parsed, problem } from '../../contract/file-problem.ts'
import type { CommandDeclaration } from '../device-contract.ts'
import type { Json, JsonObject } from '../json.ts'
import { type PoolLogin, parsePools } from '../pools.ts'
import { findModel, type WhatsminerModel } from './models.ts'
import type { ApiRequest } from './writer.ts'

/** What a command of the contract has the miner do. */
export interface Plan {
  /** One after the other, each once the one before was taken. */
  readonly requests: readonly ApiRequest[]
  /** Whether a miner that is asleep has to be woken first. */
  readonly wakes: boolean
  /** What the caller is told when all is done. */
  readonly result: Json
}

const powerModes = ['low', 'normal', 'high', 'sleep'] as const
/** Of `adjust_upfreq_speed`: 0 is the maker's own pace, 10 the hastiest. */
const maxUpfreqSpeed = 10

/** How far up `set_power_pct_v2` goes: who is cooled by air has nothing to spare. */
function maxPowerPct(model: Pick<WhatsminerModel, 'cooling'>): number {
  return model.cooling === 'air' ? 100 : 200
}

/** The commands that a model obeys; null stands for all models together. */
export function whatsminerCommands(modelName: string | null): readonly CommandDeclaration[] {
  const model = modelName === null ? undefined : findModel(modelName)
  const general: readonly CommandDeclaration[] = [
    {
      name: 'reboot',
      description: 'Restarts the miner: it is away for a minute or two, and hashes again some minutes later.',
      constraints: 'Not more than once in five minutes.',
      idempotent: false,
      params: [],
    },
    {
      name: 'setPowerMode',
      description: 'Sets how much power the miner takes; sleep stops hashing, any other mode wakes it.',
      constraints: 'The mining program starts again. For high, the cooling must be up to it.',
      idempotent: true,
      params: [{ name: 'mode', type: 'string', required: true, enum: powerModes }],
    },
    {
      name: 'setLED',
      description: 'Makes the red light blink, to find the miner by; false gives the lights back to the miner.',
      idempotent: true,
      params: [{ name: 'enabled', type: 'boolean', required: true }],
    },
    {
      name: 'setupPools',
      description: 'Replaces the pools: one to three of {url, worker_name, worker_password}, the first is used first.',
      constraints: 'Hashing goes to the new pools at once. Keep the old ones, to be able to go back.',
      idempotent: true,
      params: [{ name: 'pools', type: 'object', required: true }],
    },
    {
      name: 'setPowerPct',
      description: 'Sets a part of the power that the mode allows, in whole percent; it takes some minutes to settle.',
      constraints: 'Over 100 only where liquid cools, and only as far as the cooling is up to it.',
      idempotent: true,
      params: [
        { name: 'pct', type: 'number', required: true, min: 0, max: maxPowerPct(model ?? { cooling: 'liquid' }) },
      ],
    },
  ]
  return model === undefined || model.tunable ? [...general, setUpfreqSpeed] : general
}

const setUpfreqSpeed: CommandDeclaration = {
  name: 'setUpfreqSpeed',
  description: 'Sets how hastily the miner searches its frequencies after a start, in whole numbers.',
  constraints: 'M63 only. The hastier, the less exact are hashrate and power. Not together with fast boot.',
  idempotent: true,
  params: [{ name: 'speed', type: 'number', required: true, min: 0, max: maxUpfreqSpeed }],
}

/** What to have a miner of a model do for a command whose parameters were checked; null for a command that isn't declared. */
export function planOf(
  command: string,
  params: JsonObject,
  model: WhatsminerModel,
): Parsed<Plan, 'ParamsUnfit'> | null {
  switch (command) {
    case 'reboot':
      // Without respbefore the answer dies with the system.
      return plan([{ cmd: 'reboot', respbefore: 'true' }], { rebooting: true })
    case 'setPowerMode':
      return planPowerMode(params['mode'])
    case 'setLED':
      return plan([params['enabled'] === true ? blink : { cmd: 'set_led', param: 'auto' }], {
        enabled: params['enabled'] === true,
      })
    case 'setupPools':
      return planPools(params['pools'] ?? null)
    case 'setPowerPct':
      return planPowerPct(Number(params['pct']), model)
    case 'setUpfreqSpeed':
      return planUpfreqSpeed(Number(params['speed']), model)
    default:
      return null
  }
}

/** On for 100 ms in every 200 ms. */
const blink: ApiRequest = { cmd: 'set_led', color: 'red', period: 200, duration: 100, start: 0 }

function plan(requests: readonly ApiRequest[], result: Json, wakes = false): Parsed<Plan, never> {
  return { kind: 'ok', value: { requests, wakes, result } }
}

function planPowerMode(mode: Json | undefined): Parsed<Plan, 'ParamsUnfit'> {
  switch (mode) {
    case 'sleep':
      return plan([{ cmd: 'power_off', respbefore: 'true' }], { mode })
    case 'low':
    case 'normal':
    case 'high':
      return plan([{ cmd: `set_${mode}_power` }], { mode }, true)
    default:
      return problem('ParamsUnfit', `mode must be one of ${powerModes.join(', ')}`)
  }
}

function planPools(value: Json): Parsed<Plan, 'ParamsUnfit'> {
  const pools = parsePools(value)
  if (pools.kind === 'problem') return problem('ParamsUnfit', pools.message)
  const fields = [0, 1, 2].flatMap((index) => poolFields(index + 1, pools.value[index]))
  return plan([{ cmd: 'update_pools', ...Object.fromEntries(fields) }], { pools: pools.value.map(({ url }) => url) })
}

/** A pool that isn't wanted is told too, as an empty one: what was there before must go. */
function poolFields(position: number, pool: PoolLogin | undefined): readonly (readonly [string, string])[] {
  return [
    [`pool${position}`, pool?.url ?? ''],
    [`worker${position}`, pool?.username ?? ''],
    [`passwd${position}`, pool?.password ?? ''],
  ]
}

function planPowerPct(pct: number, model: WhatsminerModel): Parsed<Plan, 'ParamsUnfit'> {
  const max = maxPowerPct(model)
  if (!Number.isInteger(pct) || pct < 0 || pct > max) {
    return problem('ParamsUnfit', `pct of ${aModel(model)} must be a whole number from 0 to ${max}`)
  }
  return plan([{ cmd: 'set_power_pct_v2', percent: String(pct) }], { pct })
}

function planUpfreqSpeed(speed: number, model: WhatsminerModel): Parsed<Plan, 'ParamsUnfit'> {
  if (!model.tunable) return problem('ParamsUnfit', `${aModel(model)} has no choice of upfreq speed; an M63 has`)
  if (!Number.isInteger(speed) || speed < 0 || speed > maxUpfreqSpeed) {
    return problem('ParamsUnfit', `speed must be a whole number from 0 to ${maxUpfreqSpeed}`)
  }
  return plan([{ cmd: 'adjust_upfreq_speed', upfreq_speed: String(speed) }], { speed })
}

function aModel({ name }: WhatsminerModel): string {
  return `an ${name}`
}
