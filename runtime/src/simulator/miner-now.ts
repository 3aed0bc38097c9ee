import type { MinerReading, MinerState } from '../drivers/simulated/miner-model.ts'
import type { WhatsminerModel } from '../drivers/whatsminer/models.ts'
import type { Controls } from './controls.ts'

/** A miner at one moment: all that its answers are made of. */
export interface MinerNow {
  /** From 1. */
  readonly index: number
  readonly model: WhatsminerModel
  readonly nowMs: number
  readonly controls: Controls
  readonly state: MinerState
  readonly reading: MinerReading
}
