import { z } from 'zod'
import { type Parsed, problem } from '../contract/file-problem.ts'
import { powerModes } from '../drivers/simulated/miner-model.ts'

/**
 * How a simulated miner misbehaves. `offline`: refuses connections; `slow`: answers after `slowMs`; `silent`: never answers,
 * and does nothing; `mute`: does what it is told and never answers; `garbage`: answers nonsense.
 */
const faults = ['none', 'offline', 'slow', 'silent', 'mute', 'garbage'] as const

/**
 * A peculiarity of real firmwares. `trailing-nul`: a NUL after the answer; `keeps-open`: the connection isn't closed after
 * it; `msg-form`: read commands answer in the newer form, their values under `Msg`.
 */
const quirks = ['none', 'trailing-nul', 'keeps-open', 'msg-form'] as const

const changes = z
  .strictObject({
    fault: z.enum(faults),
    slowMs: z.int().min(0).max(600_000),
    quirk: z.enum(quirks),
    powerMode: z.enum(powerModes),
    powerPct: z.number().min(0).max(100),
    overheating: z.boolean(),
    /** Shows this hashrate instead of its own; null for its own. */
    hashrateMhs: z.number().min(0).nullable(),
    /** Codes that `get_error_code` answers. */
    errorCodes: z.array(z.string().regex(/^\d{1,6}$/)).max(16),
    ledOn: z.boolean(),
    /** Sets its admin password, as somebody at the miner would. */
    password: z.string().min(1).max(64),
    /** Whether its API takes commands: the switch in the WhatsMinerTool. */
    apiSwitch: z.boolean(),
    /** How long it is away when it is told over its API to restart. */
    restartMs: z.int().min(0).max(600_000),
    /** Starts the miner again now, which takes this long. */
    rebootMs: z.int().min(0).max(600_000),
  })
  .partial()

/** What `POST /v1/devices/:n` may change. */
export type ControlChanges = z.output<typeof changes>

/** What stays set until it is changed; the rest of what can be changed is the miner's own state. */
export interface Controls {
  readonly fault: (typeof faults)[number]
  readonly slowMs: number
  readonly quirk: (typeof quirks)[number]
  readonly hashrateMhs: number | null
  readonly errorCodes: readonly string[]
  readonly ledOn: boolean
  readonly apiSwitch: boolean
  readonly restartMs: number
}

export const untouchedControls: Controls = {
  fault: 'none',
  slowMs: 2_000,
  quirk: 'none',
  hashrateMhs: null,
  errorCodes: [],
  ledOn: false,
  apiSwitch: true,
  restartMs: 30_000,
}

export function parseChanges(json: unknown): Parsed<ControlChanges, 'ControlsMalformed'> {
  const parsed = changes.safeParse(json)
  if (!parsed.success) return problem('ControlsMalformed', z.prettifyError(parsed.error))
  return { kind: 'ok', value: parsed.data }
}

/** The controls after a change; what isn't named stays. */
export function changedControls(before: Controls, change: ControlChanges): Controls {
  return {
    fault: change.fault ?? before.fault,
    slowMs: change.slowMs ?? before.slowMs,
    quirk: change.quirk ?? before.quirk,
    hashrateMhs: change.hashrateMhs === undefined ? before.hashrateMhs : change.hashrateMhs,
    errorCodes: change.errorCodes ?? before.errorCodes,
    ledOn: change.ledOn ?? before.ledOn,
    apiSwitch: change.apiSwitch ?? before.apiSwitch,
    restartMs: change.restartMs ?? before.restartMs,
  }
}
