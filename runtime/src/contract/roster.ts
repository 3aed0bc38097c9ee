import { z } from 'zod'
import { type Parsed, problem } from './file-problem.ts'

const publicKey = z.string().regex(/^[0-9a-f]{64}$/)

const worker = z.object({
  workerId: z.string().min(1).max(63),
  publicKey,
  /** DNS name (or IPv4 address) at which the worker's UDP port answers. */
  host: z.string().min(1),
  port: z.int().min(1).max(65535),
})

const caller = z.object({ name: z.string().min(1).max(63), publicKey })

const roster = z.object({ version: z.literal(1), workers: z.array(worker), callers: z.array(caller) })

/** A worker that ORK should have. */
export type RosterWorker = z.output<typeof worker>
/** A client that may call ORK. */
export type RosterCaller = z.output<typeof caller>
/** Who belongs to a site: the authority on which workers are registered and which callers are let in. */
export type Roster = z.output<typeof roster>

/** The text of `roster.json`: workers sorted by id, callers by name. */
export function formatRoster(workers: readonly RosterWorker[], callers: readonly RosterCaller[]): string {
  return JSON.stringify({
    version: 1,
    workers: [...workers].sort((a, b) => (a.workerId < b.workerId ? -1 : 1)),
    callers: [...callers].sort((a, b) => (a.name < b.name ? -1 : 1)),
  })
}

/** Reads `roster.json`. */
export function parseRoster(text: string): Parsed<Roster, 'RosterMalformed'> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return problem('RosterMalformed', 'roster.json is not JSON')
  }
  const parsed = roster.safeParse(json)
  if (!parsed.success) return problem('RosterMalformed', `roster.json: ${z.prettifyError(parsed.error)}`)
  return { kind: 'ok', value: parsed.data }
}
