import { z } from 'zod'
import { type CommandRecord, commandScopes } from '../../../protocol/payloads.ts'
import { type Command, isFinal, type SentTo } from './machine.ts'

/** What is in the journal under a command's id. */
const version = 2

const versioned = z.object({ version: z.number() })

const sentTo = z.object({ publicKey: z.string(), instanceId: z.string().nullable(), since: z.number() })

const record = z.object({
  commandId: z.string(),
  /** A command that hasn't ended is OPEN: what else there is to know of it is `sentTo`. */
  state: z.enum(['OPEN', 'SUCCESS', 'FAILED']),
  command: z.string(),
  params: z.record(z.string(), z.unknown()),
  scope: z.enum(commandScopes),
  deviceId: z.string().nullable(),
  workerId: z.string(),
  targets: z.array(z.string()).nullable(),
  idempotent: z.boolean(),
  requesterId: z.string().nullable(),
  caller: z.string(),
  idempotencyKey: z.string().nullable(),
  /** Not in records of early releases. */
  correlationId: z.string().nullable().default(null),
  fingerprint: z.string().nullable(),
  sentTo: sentTo.nullable(),
  retries: z.number(),
  result: z.unknown(),
  error: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
})

/** What to write of a command that may have gone, or is about to go, to `sentTo`. */
export function formatRecord(command: Command, recorded: SentTo | null): object {
  return { ...command, version, state: isFinal(command.state) ? command.state : 'OPEN', sentTo: recorded }
}

export type ParsedRecord = { readonly kind: 'ok'; readonly command: Command } | { readonly kind: 'newer' }

/** A command that hasn't ended is QUEUED again. Throws on a record that isn't ours. */
export function parseRecord(value: unknown): ParsedRecord {
  if (versioned.parse(value).version > version) return { kind: 'newer' }
  const { state, result = null, ...fields } = record.parse(value)
  return { kind: 'ok', command: { ...fields, state: state === 'OPEN' ? 'QUEUED' : state, result } }
}

/** A command as `command.status` shows it. */
export function formatStatus(command: Command): CommandRecord {
  const { commandId, state, deviceId, workerId, scope, retries, result, error, createdAt, updatedAt } = command
  const { command: name } = command
  return {
    commandId,
    status: state,
    command: name,
    deviceId,
    workerId,
    scope,
    retries,
    result,
    error,
    createdAt,
    updatedAt,
  }
}
