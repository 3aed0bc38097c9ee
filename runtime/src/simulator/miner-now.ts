import type { Pool } from '../drivers/pools.ts'
import type { MinerReading, MinerState } from '../drivers/simulated/miner-model.ts'
import type { WhatsminerModel } from '../drivers/whatsminer/models.ts'
import type { Controls } from './controls.ts'

/** What a miner was told to be and keeps over a restart, beside its settings. */
export interface MinerSetup {
  readonly pools: readonly Pool[]
  readonly upfreqSpeed: number
  /** The mode that it has, or will have when it is switched on. */
  readonly modeWhenOn: 'low' | 'normal' | 'high'
}

/** A miner at one moment: all that its answers are made of. */
export interface MinerNow {
  /** From 1. */
  readonly index: number
  readonly model: WhatsminerModel
  readonly nowMs: number
  readonly controls: Controls
  readonly state: MinerState
  readonly setup: MinerSetup
  readonly reading: MinerReading
}

/** How a simulated miner comes: three pools, its own pace. */
export function factorySetup(index: number): MinerSetup {
  const username = `mdk.${String(index).padStart(4, '0')}`
  const pools = ['pool-a', 'pool-b', 'pool-c'].map((name) => ({ url: `stratum+tcp://${name}.example:3333`, username }))
  return { pools, upfreqSpeed: 0, modeWhenOn: 'normal' }
}
