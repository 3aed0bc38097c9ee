import type { ErrorCode } from '../contract/error-codes.ts'
import { isPlainObject } from '../protocol/envelope.ts'
import { payloadProblem } from '../protocol/payload-rules.ts'
import type { Repeat } from '../protocol/payloads.ts'
import { isCommandId } from './memory/command-record.ts'

/** A command as it came, as far as it can be understood without knowing devices. */
export interface WorkerCommand {
  readonly commandId: string
  readonly command: string
  /** By name or by position. */
  readonly params: unknown
  readonly to: Addressees
  /** Null for a command that is sent for the first time, and from a kernel that doesn't say. */
  readonly repeat: Repeat | null
}

/** `all`: every device that the worker has then. */
export type Addressees =
  | { readonly kind: 'device'; readonly deviceId: string }
  | { readonly kind: 'devices'; readonly deviceIds: readonly string[] }
  | { readonly kind: 'all' }

export type ParsedCommand =
  | { readonly kind: 'ok'; readonly command: WorkerCommand }
  | { readonly kind: 'refused'; readonly commandId: string; readonly error: string }

type Payload = Readonly<Record<string, unknown>>

/**
 * Reads the payload of `command.request`; `deviceId` is the envelope's. A command must say whom it is for: one that names no device,
 * or targets that aren't a list of names, never means all devices.
 */
export function parseCommand(deviceId: string | null, payload: Payload, workerId: string): ParsedCommand {
  const commandId = text(payload, 'commandId')
  const error = problemOf(payload, workerId)
  if (error !== null) return { kind: 'refused', commandId, error }
  const to = addressees(deviceId, payload)
  if (to === null) return { kind: 'refused', commandId, error: 'ERR_DEVICE_ID_REQUIRED' satisfies ErrorCode }
  const command = text(payload, 'command')
  return {
    kind: 'ok',
    command: { commandId, command, params: payload['params'], to, repeat: parseRepeat(payload['repeat']) },
  }
}

function problemOf(payload: Payload, ownId: string): string | null {
  const commandId = text(payload, 'commandId')
  if (commandId === '') return 'ERR_COMMAND_ID_REQUIRED' satisfies ErrorCode
  if (!isCommandId(commandId)) return `${'ERR_REQUEST_INVALID' satisfies ErrorCode}: the command id is not as ids are`
  if (text(payload, 'command') === '') return 'ERR_COMMAND_REQUIRED' satisfies ErrorCode
  const problem = payloadProblem('command.request', payload)
  if (problem !== null) return problem
  const workerId = payload['workerId'] ?? ownId
  return workerId === ownId ? null : `${'ERR_WORKER_NOT_FOUND' satisfies ErrorCode}: this worker is ${ownId}`
}

function addressees(deviceId: string | null, { scope, targets }: Payload): Addressees | null {
  if (scope === undefined || scope === 'device') return deviceId === null ? null : { kind: 'device', deviceId }
  if (targets === undefined) return { kind: 'all' }
  const deviceIds = [...new Set(names(targets))]
  return deviceIds.length === 0 ? null : { kind: 'devices', deviceIds }
}

function names(targets: unknown): readonly string[] {
  return Array.isArray(targets) ? targets.filter((target: unknown) => typeof target === 'string') : []
}

/** A repeat that doesn't say of what counts as one that nobody can know. */
function parseRepeat(repeat: unknown): Repeat | null {
  if (repeat === undefined) return null
  const { instanceId, ageMs } = isPlainObject(repeat) ? repeat : {}
  return typeof instanceId === 'string' && typeof ageMs === 'number'
    ? { instanceId, ageMs }
    : { instanceId: '', ageMs: Infinity }
}

function text(payload: Payload, field: string): string {
  const value = payload[field]
  return typeof value === 'string' ? value : ''
}
