import { z } from 'zod'
import { type CommandRecord, commandScopes } from '../../../protocol/payloads.ts'
import type { Keyed } from './idempotency-keys.ts'
import { type Command, isFinal, type SentTo } from './machine.ts'

/** What is in the journal under a command's id. Up to 2 a command that had ended was written as one that hadn't. */
const version = 3

const versioned = z.object({ version: z.number() })

const sentTo = z.object({ publicKey: z.string(), instanceId: z.string().nullable(), since: z.number() })

const orNull = z.string().nullable().default(null)

const flat = z.object({
  commandId: z.string(),
  /** A command that hasn't ended is OPEN: what else there is to know of it is `sentTo`. */
  state: z.enum(['OPEN', 'SUCCESS', 'FAILED']),
  command: z.string(),
  params: z.record(z.string(), z.unknown()),
  scope: z.enum(commandScopes),
  deviceId: orNull,
  workerId: z.string(),
  targets: z.array(z.string()).nullable().default(null),
  idempotent: z.boolean(),
  requesterId: orNull,
  caller: z.string(),
  idempotencyKey: orNull,
  correlationId: orNull,
  fingerprint: orNull,
  sentTo: sentTo.nullable().default(null),
  retries: z.number(),
  result: z.unknown().optional(),
  error: orNull,
  createdAt: z.number(),
  updatedAt: z.number(),
})

const keyed = z.object({
  commandId: z.string(),
  caller: z.string(),
  idempotencyKey: z.string(),
  fingerprint: z.string(),
})

const endedRecord = z.object({
  /** As `formatStatus` wrote it. */
  ended: z.custom<CommandRecord>(
    (value) => z.object({ commandId: z.string(), updatedAt: z.number() }).safeParse(value).success,
  ),
  keyed: keyed.nullable().default(null),
})

/** What to write of a command that hasn't ended, and may have gone, or is about to go, to `recorded`. What is null is left out. */
export function formatOpen(command: Command, recorded: SentTo | null): object {
  return {
    version,
    state: 'OPEN',
    commandId: command.commandId,
    command: command.command,
    params: command.params,
    scope: command.scope,
    workerId: command.workerId,
    idempotent: command.idempotent,
    caller: command.caller,
    retries: command.retries,
    createdAt: command.createdAt,
    updatedAt: command.updatedAt,
    deviceId: command.deviceId ?? undefined,
    targets: command.targets ?? undefined,
    requesterId: command.requesterId ?? undefined,
    idempotencyKey: command.idempotencyKey ?? undefined,
    correlationId: command.correlationId ?? undefined,
    fingerprint: command.fingerprint ?? undefined,
    sentTo: recorded ?? undefined,
  }
}

/** The JSON to write of a command that has ended. `shown`: what is told of it from now on, as JSON. */
export function formatEnded(command: Command, shown: string): string {
  const key = keyedOf(command)
  return `{"version":${version},"ended":${shown}${key === null ? '' : `,"keyed":${JSON.stringify(key)}`}}`
}

export type ParsedRecord =
  /** It is QUEUED again. */
  | { readonly kind: 'open'; readonly command: Command }
  | { readonly kind: 'ended'; readonly record: CommandRecord; readonly keyed: Keyed | null }
  | { readonly kind: 'newer' }

/** Throws on a record that isn't ours. */
export function parseRecord(value: unknown): ParsedRecord {
  if (versioned.parse(value).version > version) return { kind: 'newer' }
  const found = endedRecord.safeParse(value)
  if (found.success) return { kind: 'ended', record: found.data.ended, keyed: found.data.keyed }
  const { state, result = null, ...fields } = flat.parse(value)
  const command: Command = { ...fields, state: state === 'OPEN' ? 'QUEUED' : state, result }
  if (!isFinal(command.state)) return { kind: 'open', command }
  return { kind: 'ended', record: formatStatus(command), keyed: keyedOf(command) }
}

/** The key that a command was sent with; null if it had none. */
export function keyedOf({ commandId, caller, idempotencyKey, fingerprint }: Command): Keyed | null {
  if (idempotencyKey === null || fingerprint === null) return null
  return { commandId, caller, idempotencyKey, fingerprint }
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
