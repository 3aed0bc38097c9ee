import type { Durability } from '../storage/journal/journal.ts'

/** What a site may set of its commands. */
export interface CommandSettings {
  /** Commands under way at one worker. */
  readonly maxInFlightPerWorker: number
  /** Commands that wait, over all workers. */
  readonly maxQueued: number
  /** How long one can ask what a command came to. */
  readonly keepResultsMs: number
  /** What an accepted command survives. For whoever opens the journal. */
  readonly durability: Durability
}

export const usualCommandSettings: CommandSettings = {
  maxInFlightPerWorker: 32,
  maxQueued: 10_000,
  keepResultsMs: 86_400_000,
  durability: 'fast',
}
