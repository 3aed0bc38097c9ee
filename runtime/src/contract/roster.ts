import { z } from 'zod'
import { type Parsed, problem } from './file-problem.ts'
import { hexKey } from './hex-key.ts'
import { findTwice, parseJsonFile } from './json-file.ts'

const worker = z.object({
  workerId: z.string().min(1).max(63),
  publicKey: hexKey,
  /** DNS name (or IPv4 address) at which the worker's UDP port answers. */
  host: z.string().min(1),
  port: z.int().min(1).max(65535),
})

const caller = z.object({ name: z.string().min(1).max(63), publicKey: hexKey })

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

const file = { name: 'roster.json', schema: roster, reason: 'RosterMalformed' } as const

/** Reads `roster.json`. A worker id or key that two have makes it invalid: nobody could say which of them is meant. */
export function parseRoster(text: string): Parsed<Roster, 'RosterMalformed'> {
  const parsed = parseJsonFile(file, text)
  if (parsed.kind === 'problem') return parsed
  const { workers } = parsed.value
  const id = findTwice(workers.map(({ workerId }) => workerId))
  if (id !== undefined) return problem(file.reason, `roster.json names the worker ${id} twice; name it once`)
  const key = findTwice(workers.map(({ publicKey: one }) => one))
  if (key === undefined) return parsed
  return problem(file.reason, `roster.json gives two workers the public key ${key}; each needs its own`)
}
