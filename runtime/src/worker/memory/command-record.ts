import { z } from 'zod'
import type { Json } from '../../drivers/json.ts'
import { isVisibleName } from '../../protocol/visible-name.ts'
import type { Outcome } from '../outcome.ts'

/** What is on disk of a command on a device: that it was started, or how it ended. `at` in milliseconds since the epoch. */
export type CommandRecord = { readonly at: number } & ({ readonly status: 'STARTED' } | Outcome)

const at = z.number()
const record = z.discriminatedUnion('status', [
  z.object({ status: z.literal('STARTED'), at }),
  z.object({ status: z.literal('SUCCESS'), at, result: z.custom<Json>((value) => value !== undefined) }),
  z.object({ status: z.literal('FAILED'), at, error: z.string() }),
])

/** Reads a record. One that can't be understood says at least that the command came, so it counts as started at `now`. */
export function parseCommandRecord(value: unknown, now: number): CommandRecord {
  const parsed = record.safeParse(value)
  return parsed.success ? parsed.data : { status: 'STARTED', at: now }
}

/** A command id of which a key can be made: printable ASCII without a space. ORK's are UUIDs. */
export function isCommandId(text: string): boolean {
  return isVisibleName(text)
}

/** The key of a command on a device: the first space ends the command's id. */
export function recordKey(commandId: string, deviceId: string): string {
  return `${commandId} ${deviceId}`
}

/** The key of what names the memory itself. It has no space, as the keys of commands do. */
export const headKey = 'memory'

const head = z.object({ version: z.number(), instanceId: z.string() })

/** What names the memory. `version` is that of the records and of the limits, which `knowsAllOf` counts on. */
export type MemoryHead = z.output<typeof head>

export const headVersion = 1

/** Null for what isn't one. */
export function parseHead(value: unknown): MemoryHead | null {
  const parsed = head.safeParse(value)
  return parsed.success ? parsed.data : null
}
