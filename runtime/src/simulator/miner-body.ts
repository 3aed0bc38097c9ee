import { type MinerState, readMiner, rebooted, untouchedMiner, withSettings } from '../drivers/simulated/miner-model.ts'
import type { WhatsminerModel } from '../drivers/whatsminer/models.ts'
import type { Clock } from '../machine/clock.ts'
import { type ControlChanges, changedControls, untouchedControls } from './controls.ts'
import { factorySetup, type MinerNow } from './miner-now.ts'
import type { Effect } from './write-commands.ts'

/** What a simulated Whatsminer is, and what was done to it. */
export interface MinerBody {
  present(): MinerNow
  /** When it was switched on (ms since the epoch); in the future while it restarts. */
  bootedAt(): number
  /** Does what a command says. */
  apply(effect: Effect): void
  /** Does what somebody at the miner, or fate, does. */
  change(change: ControlChanges): void
}

export function createMinerBody(index: number, model: WhatsminerModel, clock: Clock): MinerBody {
  let controls = untouchedControls
  let setup = factorySetup(index)
  /** Null while nothing was done to the miner. */
  let touched: MinerState | null = null
  const stateAt = (nowMs: number) => touched ?? untouchedMiner(`${model.name}-${index}`, nowMs)
  const set = (settings: Partial<MinerState['settings']>) => {
    const nowMs = clock.now()
    if (Object.keys(settings).length > 0) touched = withSettings(model, stateAt(nowMs), nowMs, settings)
  }
  const restart = (awayMs: number) => {
    const nowMs = clock.now()
    touched = rebooted(stateAt(nowMs), nowMs, awayMs)
  }
  return {
    present() {
      const nowMs = clock.now()
      const state = stateAt(nowMs)
      return { index, model, nowMs, controls, state, setup, reading: readMiner(model, state, nowMs) }
    },
    bootedAt: () => stateAt(clock.now()).bootedAt,
    apply({ settings = {}, setup: change, ledOn, reboot }) {
      set(settings)
      setup = { ...setup, ...change }
      controls = changedControls(controls, { ledOn })
      if (reboot !== undefined) restart(controls.restartMs)
    },
    change(change) {
      const { powerMode, rebootMs } = change
      controls = changedControls(controls, change)
      if (powerMode !== undefined && powerMode !== 'sleep') setup = { ...setup, modeWhenOn: powerMode }
      set(settingsIn(change))
      if (rebootMs !== undefined) restart(rebootMs)
    },
  }
}

function settingsIn({ powerMode, powerPct, overheating }: ControlChanges): Partial<MinerState['settings']> {
  return {
    ...(powerMode !== undefined && { powerMode }),
    ...(powerPct !== undefined && { powerPct }),
    ...(overheating !== undefined && { overheating }),
  }
}
