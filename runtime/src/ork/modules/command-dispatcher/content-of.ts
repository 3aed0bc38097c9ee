import { isPlainObject } from '../../../protocol/envelope.ts'
import type { ParsedCommand } from './decide-command.ts'

/** What a command says, in one writing: two that say the same give the same text, whatever the order of their fields. */
export function contentOf({ command, scope, deviceId, workerId, targets, params }: ParsedCommand): string {
  return JSON.stringify([command, scope, deviceId, workerId, targets, sorted(params)])
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isPlainObject(value)) return value
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return fields.map(([name, field]) => ({ [name]: sorted(field) }))
}
