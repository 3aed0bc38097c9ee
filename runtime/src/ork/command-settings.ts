import type { CommandSettings } from '../contract/settings.ts'

/** What counts where a site sets nothing. */
export const usualCommandSettings: Readonly<Record<keyof CommandSettings, number>> = {
  maxInFlightPerWorker: 32,
  maxQueued: 10_000,
  keepResultsMs: 86_400_000,
}
