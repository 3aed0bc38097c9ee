/**
 * Whether a command is right, and whom it is for. Pure. The checks and their order are upstream's (structure, command, target,
 * route, capability, parameters); beyond upstream's, payloads must fit their schema, targets be devices of their worker, and
 * parameters all that is declared.
 */
import type { ErrorCode } from '../../../contract/error-codes.ts'
import { isPlainObject } from '../../../protocol/envelope.ts'
import { filledText } from '../../../protocol/filled-text.ts'
import { payloadProblem } from '../../../protocol/payload-rules.ts'
import { type CommandScope, commandScopes, type Params } from '../../../protocol/payloads.ts'
import type { Capabilities, ContractCommand } from '../../../protocol/worker-contract.ts'
import type { CheckedCommand, CommandRequest } from '../../ports/command-intake.ts'
import type { CommandTarget, CommandTargets } from '../../ports/command-targets.ts'
import { checkParams } from './check-params.ts'

/** A command that is well formed; whether its target and parameters are right is `decideCommand`'s affair. */
export type ParsedCommand = Omit<CheckedCommand, 'workerId' | 'idempotent'> & { readonly workerId: string | null }

export type CommandParsing = { readonly kind: 'parsed'; readonly parsed: ParsedCommand } | Rejection
export type CommandDecision = { readonly kind: 'accepted'; readonly command: CheckedCommand } | Rejection

interface Rejection {
  readonly kind: 'rejected'
  readonly error: string
}

/** Reads a request by what it says alone. */
export function parseCommand(request: CommandRequest): CommandParsing {
  const { caller, correlationId, payload } = request
  const command = filledText(payload['command'])
  if (command === null) return rejected('ERR_COMMAND_REQUIRED')
  const misfit = payloadProblem('command.request', payload) ?? paramsMisfit(payload['params'])
  if (misfit !== null) return rejected(misfit)
  const addressed = parseAddressees(request)
  if (addressed.kind === 'rejected') return addressed
  return {
    kind: 'parsed',
    parsed: {
      command,
      params: parseParams(payload['params']),
      ...addressed.to,
      requesterId: filledText(payload['requesterId']),
      caller,
      idempotencyKey: filledText(payload['idempotencyKey']),
      correlationId,
    },
  }
}

type Addressees = Pick<ParsedCommand, 'scope' | 'deviceId' | 'workerId' | 'targets'>

function parseAddressees({
  deviceId,
  payload,
}: CommandRequest): { readonly kind: 'addressed'; readonly to: Addressees } | Rejection {
  const scope = parseScope(payload['scope'])
  if (scope === 'device') {
    if (deviceId === null || deviceId === '') return rejected('ERR_DEVICE_ID_REQUIRED')
    return { kind: 'addressed', to: { scope, deviceId, workerId: null, targets: null } }
  }
  const targets = parseTargets(payload['targets'])
  if (targets?.length === 0) return rejected('ERR_PAYLOAD_TARGETS_INVALID')
  return { kind: 'addressed', to: { scope, deviceId: null, workerId: filledText(payload['workerId']), targets } }
}

/** Checks a command against the worker that it is for, as that is now. */
export function decideCommand(parsed: ParsedCommand, workers: CommandTargets): CommandDecision {
  const found = findTarget(parsed, workers)
  if (found.kind === 'rejected') return found
  const { workerId, routable, awaited, capabilities } = found.target
  const stranger = strangerOf(parsed.targets, workers.devicesOf(workerId))
  if (stranger !== undefined) return rejected(`ERR_TARGET_NOT_FOUND: ${stranger}`)
  if (!routable && !awaited) return rejected('ERR_WORKER_NOT_ROUTABLE')
  const declared = findCommand(capabilities, parsed.command)
  if (declared === null) return rejected(`ERR_COMMAND_NOT_IN_CAPABILITIES: ${parsed.command}`)
  // A command that says nothing about its parameters takes any.
  const params = declared.params ?? null
  const checked = params === null ? { kind: 'ok' as const, params: parsed.params } : checkParams(params, parsed.params)
  if (checked.kind === 'rejected') return checked
  return {
    kind: 'accepted',
    command: { ...parsed, workerId, params: checked.params, idempotent: declared.idempotent === true },
  }
}

type FoundTarget = { readonly kind: 'found'; readonly target: CommandTarget } | Rejection

function findTarget({ scope, deviceId, workerId }: ParsedCommand, workers: CommandTargets): FoundTarget {
  const isForDevice = scope === 'device'
  const target = isForDevice ? workers.ofDevice(deviceId ?? '') : workers.find(workerId ?? '')
  if (target !== undefined) return { kind: 'found', target }
  return rejected(isForDevice ? 'ERR_DEVICE_NOT_FOUND' : 'ERR_WORKER_NOT_FOUND')
}

/** A target that the worker doesn't have. */
function strangerOf(targets: readonly string[] | null, devices: readonly string[]): string | undefined {
  if (targets === null) return undefined
  const own = new Set(devices)
  return targets.find((target) => !own.has(target))
}

type Declared = Pick<ContractCommand, 'params' | 'idempotent'>
const anything: Declared = {}

/** What the contract says of the command; null if it has no such command. */
function findCommand(capabilities: Capabilities | null, name: string): Declared | null {
  const declared = capabilities?.commands ?? null
  // A contract that has no section of commands says nothing about them; upstream lets everything pass then.
  if (declared === null) return anything
  if (isList(declared)) return declared.find((command) => command.name === name) ?? null
  return Object.hasOwn(declared, name) ? (declared[name] ?? null) : null
}

function isList(declared: NonNullable<Capabilities['commands']>): declared is readonly ContractCommand[] {
  return Array.isArray(declared)
}

function paramsMisfit(params: unknown): ErrorCode | null {
  return params === undefined || params === null || isPlainObject(params) ? null : 'ERR_REQUEST_INVALID'
}

function parseParams(params: unknown): Params {
  return isPlainObject(params) ? params : {}
}

function parseScope(scope: unknown): CommandScope {
  return commandScopes.find((known) => known === scope) ?? 'device'
}

/** Each once. */
function parseTargets(targets: unknown): readonly string[] | null {
  return Array.isArray(targets) ? [...new Set(targets.filter((target) => typeof target === 'string'))] : null
}

function rejected(error: string): Rejection {
  return { kind: 'rejected', error }
}
