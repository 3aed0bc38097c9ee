/**
 * Whether a command is accepted, and whom it is for. Pure. The checks and their order are upstream's (structure, command, target,
 * route, capability, parameters); beyond upstream's, payloads must fit their schema and parameters all that is declared.
 */
import type { ErrorCode } from '../../../contract/error-codes.ts'
import { isPlainObject } from '../../../protocol/envelope.ts'
import { payloadProblem } from '../../../protocol/payload-rules.ts'
import { type CommandScope, commandScopes, type Params } from '../../../protocol/payloads.ts'
import type { Capabilities, ContractCommand } from '../../../protocol/worker-contract.ts'
import { checkParams } from './check-params.ts'
import type { Command } from './machine.ts'

/** What a client sent, as it came. */
export interface CommandRequest {
  readonly deviceId: string | null
  readonly payload: Readonly<Record<string, unknown>>
}

/** A worker as far as commands are concerned. */
export interface Target {
  readonly workerId: string
  readonly routable: boolean
  /** Null until its contract is known. */
  readonly capabilities: Capabilities | null
}

export interface Targets {
  ofDevice(deviceId: string): Target | undefined
  find(workerId: string): Target | undefined
}

/** What a command is, without its id, state and times. */
export type AcceptedCommand = Pick<
  Command,
  'command' | 'params' | 'scope' | 'deviceId' | 'workerId' | 'targets' | 'requesterId'
>

export type CommandDecision =
  | { readonly kind: 'accepted'; readonly command: AcceptedCommand }
  | { readonly kind: 'rejected'; readonly error: string }

export function decideCommand(request: CommandRequest, targets: Targets): CommandDecision {
  const { payload, deviceId } = request
  const command = payload['command']
  if (typeof command !== 'string' || command === '') return rejected('ERR_COMMAND_REQUIRED')
  const misfit = payloadProblem('command.request', payload) ?? paramsMisfit(payload['params'])
  if (misfit !== null) return rejected(misfit)
  const scope = parseScope(payload['scope'])
  const found = scope === 'device' ? targetOfDevice(deviceId, targets) : targetOfWorker(payload['workerId'], targets)
  if (found.kind === 'rejected') return found
  const { target } = found
  if (!target.routable) return rejected('ERR_WORKER_NOT_ROUTABLE')
  const checked = checkAgainst(target.capabilities, command, parseParams(payload['params']))
  if (checked.kind === 'rejected') return checked
  return {
    kind: 'accepted',
    command: {
      command,
      params: checked.params,
      scope,
      deviceId,
      workerId: target.workerId,
      targets: scope === 'device' ? null : parseTargets(payload['targets']),
      requesterId: textOrNull(payload['requesterId']),
    },
  }
}

type FoundTarget =
  | { readonly kind: 'found'; readonly target: Target }
  | { readonly kind: 'rejected'; readonly error: string }

function targetOfDevice(deviceId: string | null, targets: Targets): FoundTarget {
  if (deviceId === null || deviceId === '') return rejected('ERR_DEVICE_ID_REQUIRED')
  const target = targets.ofDevice(deviceId)
  return target === undefined ? rejected('ERR_DEVICE_NOT_FOUND') : { kind: 'found', target }
}

function targetOfWorker(workerId: unknown, targets: Targets): FoundTarget {
  if (typeof workerId !== 'string' || workerId === '') return rejected('ERR_WORKER_ID_REQUIRED')
  const target = targets.find(workerId)
  return target === undefined ? rejected('ERR_WORKER_NOT_FOUND') : { kind: 'found', target }
}

function checkAgainst(
  capabilities: Capabilities | null,
  name: string,
  params: Params,
): ReturnType<typeof checkParams> | Rejection {
  const declared = capabilities?.commands ?? undefined
  // A contract that has no section of commands says nothing about them; upstream lets everything pass then.
  if (declared === undefined) return { kind: 'ok', params }
  const command = findCommand(declared, name)
  if (command === undefined) return rejected(`ERR_COMMAND_NOT_IN_CAPABILITIES: ${name}`)
  // The same for a command that says nothing about its parameters.
  return command.params === undefined || command.params === null
    ? { kind: 'ok', params }
    : checkParams(command.params, params)
}

function findCommand(
  declared: NonNullable<Capabilities['commands']>,
  name: string,
): Pick<ContractCommand, 'params'> | undefined {
  if (isList(declared)) return declared.find((command) => command.name === name)
  return Object.hasOwn(declared, name) ? declared[name] : undefined
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

function parseTargets(targets: unknown): readonly string[] | null {
  return Array.isArray(targets) ? targets.filter((target) => typeof target === 'string') : null
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

interface Rejection {
  readonly kind: 'rejected'
  readonly error: string
}

function rejected(error: string): Rejection {
  return { kind: 'rejected', error }
}
