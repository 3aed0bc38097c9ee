import { z } from 'zod'
import { type CommandRecord, commandScopes } from '../../../protocol/payloads.ts'
import type { Command } from './machine.ts'

/** The sub-store of commands: one row a command, its key is the command's id. */
export const commandStore = 'commands'

const versioned = z.object({ version: z.literal(1) })

const fields = z.object({
  commandId: z.string(),
  /** EXECUTING is never on disk: it says no more than DISPATCHED to a process that wasn't there. */
  state: z.enum(['QUEUED', 'DISPATCHED', 'SUCCESS', 'FAILED']),
  command: z.string(),
  params: z.record(z.string(), z.unknown()),
  scope: z.enum(commandScopes),
  deviceId: z.string().nullable(),
  workerId: z.string(),
  targets: z.array(z.string()).nullable(),
  requesterId: z.string().nullable(),
  result: z.unknown(),
  error: z.string().nullable(),
  createdAt: z.number(),
  updatedAt: z.number(),
  expiresAt: z.number(),
})

/** What is on disk for a command. */
export function formatRow(command: Command): z.input<typeof versioned> & z.input<typeof fields> {
  return {
    ...command,
    version: 1,
    state: command.state === 'EXECUTING' ? 'DISPATCHED' : command.state,
    params: { ...command.params },
    targets: command.targets === null ? null : [...command.targets],
  }
}

/** Throws on a row that isn't ours. */
export function parseRow(value: unknown): Command {
  versioned.parse(value)
  const { result = null, ...command } = fields.parse(value)
  return { ...command, result }
}

/** A command as `command.status` shows it. */
export function formatStatus(command: Command): CommandRecord {
  const { commandId, state, deviceId, workerId, scope, result, error, createdAt, updatedAt } = command
  const { command: name } = command
  return {
    commandId,
    status: state,
    command: name,
    deviceId,
    workerId,
    scope,
    retries: 0,
    result,
    error,
    createdAt,
    updatedAt,
  }
}
