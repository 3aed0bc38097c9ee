import { z } from 'zod'
import type { Parsed } from './file-problem.ts'
import { parseJsonFile } from './json-file.ts'

type Bounds = readonly [least: number, most: number]

/** How often ORK asks its workers, by upstream's names: the least and the most that each may be. */
export const cadenceBounds = {
  /** Time between two pings to a worker; unset means 250 in a small site, and up to 1000 with a thousand workers. Two pings without an answer make a worker SICK, five DEAD. */
  healthPingMs: [200, 60_000],
  /** Time between two requests to a worker for the state of its devices; unset means 5000. */
  statePullMs: [1_000, 600_000],
} as const satisfies Readonly<Record<string, Bounds>>

/** What ORK takes on of commands: the least and the most that each may be. */
export const commandBounds = {
  /** Commands under way at one worker; unset means 32. */
  maxInFlightPerWorker: [1, 1_000],
  /** Commands that wait, over all workers; unset means 10000. */
  maxQueued: [1, 100_000],
  /** How long one can ask what a command came to, and a retry under its idempotency key is no second command; unset means a day. */
  keepResultsMs: [60_000, 2_592_000_000],
} as const satisfies Readonly<Record<string, Bounds>>

const within = ([least, most]: Bounds) => z.int().min(least).max(most).optional()

// Nothing of it must be there: a name that is misspelt would look as if it were obeyed.
const settings = z.strictObject({
  version: z.literal(1),
  cadences: z
    .strictObject({
      healthPingMs: within(cadenceBounds.healthPingMs),
      statePullMs: within(cadenceBounds.statePullMs),
    })
    .optional(),
  commands: z
    .strictObject({
      maxInFlightPerWorker: within(commandBounds.maxInFlightPerWorker),
      maxQueued: within(commandBounds.maxQueued),
      keepResultsMs: within(commandBounds.keepResultsMs),
    })
    .optional(),
})

/** What a site sets of ORK while it runs. What isn't there is as usual. */
export type OrkSettings = Readonly<Omit<z.output<typeof settings>, 'version'>>
/** Of these, what counts for commands. */
export type CommandSettings = NonNullable<OrkSettings['commands']>

/** The text of `settings.json`. */
export function formatSettings({ cadences, commands }: OrkSettings): string {
  return JSON.stringify({ version: 1, cadences, commands })
}

const file = { name: 'settings.json', schema: settings, reason: 'SettingsMalformed' } as const

/** Reads `settings.json`. */
export function parseSettings(text: string): Parsed<OrkSettings, 'SettingsMalformed'> {
  return parseJsonFile(file, text)
}
