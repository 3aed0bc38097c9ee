import type { JsonObject } from '../drivers/json.ts'
import { isObject } from '../drivers/json.ts'
import { type MinerState, readMiner, rebooted, untouchedMiner, withSettings } from '../drivers/simulated/miner-model.ts'
import { noise } from '../drivers/simulated/noise.ts'
import { codes } from '../drivers/whatsminer/codes.ts'
import type { WhatsminerModel } from '../drivers/whatsminer/models.ts'
import type { Clock } from '../machine/clock.ts'
import { answerOf, pools, refusal, status, success, summary } from './answers.ts'
import { type ControlChanges, type Controls, changedControls, untouchedControls } from './controls.ts'
import type { MinerNow } from './miner-now.ts'

/** A Whatsminer without hardware. */
export interface SimulatedWhatsminer {
  readonly index: number
  readonly model: WhatsminerModel
  controls(): Controls
  /** When it can be reached again after a reboot (ms since the epoch); in the past while it can. */
  bootedAt(): number
  /** The answer to one request from an address. */
  answer(request: string, from: string): JsonObject
  /** What the HTTP view shows: the values are those of `summary`, `pools` and `status`. */
  view(): JsonObject
  change(change: ControlChanges): void
}

/** "One IP can get 32 tokens, and a token keepalive time is 30 minutes" (Whatsminer API 2.0.5). */
const tokenLimit = 32
const tokenLifeMs = 1_800_000

export function simulatedWhatsminer(index: number, model: WhatsminerModel, clock: Clock): SimulatedWhatsminer {
  const seed = `${model.name}-${index}`
  let controls = untouchedControls
  /** Null while nothing was done to the miner. */
  let touched: MinerState | null = null
  const tokens = new Map<string, readonly number[]>()
  const stateAt = (nowMs: number) => touched ?? untouchedMiner(seed, nowMs)
  const present = (): MinerNow => {
    const nowMs = clock.now()
    const state = stateAt(nowMs)
    return { index, model, nowMs, controls, state, reading: readMiner(model, state, nowMs) }
  }
  const giveToken = (from: string): JsonObject => {
    const now = present()
    const alive = (tokens.get(from) ?? []).filter((givenAt) => givenAt > now.nowMs - tokenLifeMs)
    if (alive.length >= tokenLimit) return refusal(now, codes.tooManyTokens, 'over max connect')
    tokens.set(from, [...alive, now.nowMs])
    return success(now, codes.tokenGiven, tokenOf(seed, now.nowMs, alive.length))
  }
  return {
    index,
    model,
    controls: () => controls,
    bootedAt: () => stateAt(clock.now()).bootedAt,
    answer(request, from) {
      const command = commandIn(request)
      if (command === undefined) return refusal(present(), codes.invalidJson, 'invalid json')
      if (command === null) return refusal(present(), codes.invalidCommand, 'invalid cmd')
      return command === 'get_token' ? giveToken(from) : answerOf(present(), command)
    },
    view: () => viewOf(present()),
    change(change) {
      const nowMs = clock.now()
      controls = changedControls(controls, change)
      const settings = settingsIn(change)
      if (Object.keys(settings).length > 0) touched = withSettings(model, stateAt(nowMs), nowMs, settings)
      if (change.rebootMs !== undefined) touched = rebooted(stateAt(nowMs), nowMs, change.rebootMs)
    },
  }
}

function viewOf(miner: MinerNow): JsonObject {
  const { settings } = miner.state
  return {
    n: miner.index,
    model: miner.model.name,
    ...miner.controls,
    ...settings,
    online: miner.controls.fault !== 'offline' && miner.nowMs >= miner.state.bootedAt,
    summary: summary(miner),
    pools: pools(miner),
    status: status(miner),
  }
}

function settingsIn({ powerMode, powerPct, overheating }: ControlChanges): Partial<MinerState['settings']> {
  return {
    ...(powerMode !== undefined && { powerMode }),
    ...(powerPct !== undefined && { powerPct }),
    ...(overheating !== undefined && { overheating }),
  }
}

/** The command that a request names, null if it names none, undefined if it isn't JSON. */
function commandIn(request: string): string | null | undefined {
  try {
    const json: unknown = JSON.parse(request)
    if (!isObject(json)) return null
    // Encrypted requests carry no command in clear; all of them need a token, and none is ever valid here.
    if ('enc' in json) return 'reboot'
    const command = json['cmd'] ?? json['command']
    return typeof command === 'string' ? command : null
  } catch {
    return undefined
  }
}

function tokenOf(seed: string, nowMs: number, count: number): JsonObject {
  const text = (channel: string) =>
    Math.round((noise(seed, channel, nowMs + count) + 1) * 1e12)
      .toString(36)
      .slice(0, 8)
  return { time: String(Math.floor(nowMs / 1000) % 10_000), salt: text('salt'), newsalt: text('newsalt') }
}
