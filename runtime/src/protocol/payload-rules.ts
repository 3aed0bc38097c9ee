import { isPlainObject } from './envelope.ts'
import { isFilledText } from './filled-text.ts'
import { commandScopes, commandStatuses, maxTargets } from './payloads.ts'
import { isVisibleName } from './visible-name.ts'

type Payload = Readonly<Record<string, unknown>>
/** A check and the code that it fails with; a text result is the code with its place. */
type Rule = (payload: Payload) => string | null

/**
 * Why the payload doesn't fit the action, with upstream's codes; null when it does. First failure wins. Actions without
 * rules take any payload. Upstream's kernel never asks this of a request, so refusing by it is stricter than upstream.
 */
export function payloadProblem(action: string, payload: unknown): string | null {
  const actionRules = rules.get(action)
  if (actionRules === undefined) return null
  if (!isPlainObject(payload)) return 'ERR_PAYLOAD_NOT_OBJECT'
  for (const rule of actionRules) {
    const problem = rule(payload)
    if (problem !== null) return problem
  }
  return null
}

const text =
  (field: string, code: string): Rule =>
  (payload) =>
    isFilledText(payload[field]) ? null : code

const object =
  (field: string, code: string): Rule =>
  (payload) =>
    isPlainObject(payload[field]) ? null : code

const commandId = text('commandId', 'ERR_PAYLOAD_COMMAND_ID_REQUIRED')
const status = text('status', 'ERR_PAYLOAD_STATUS_REQUIRED')

const knownStatus: Rule = (payload) =>
  commandStatuses.some((known) => known === payload['status']) ? null : 'ERR_PAYLOAD_STATUS_INVALID'

const devices: Rule = (payload) => {
  const list: unknown = payload['devices']
  if (!Array.isArray(list)) return 'ERR_PAYLOAD_DEVICES_REQUIRED'
  const wrong = list.findIndex((device: unknown) => !isPlainObject(device) || !isFilledText(device['deviceId']))
  return wrong === -1 ? null : `ERR_PAYLOAD_DEVICE_INVALID at index ${wrong}`
}

/** After the rule that there is an object of them. */
const states: Rule = ({ state = {} }) =>
  Object.values(state as object).every(isPlainObject) ? null : 'ERR_PAYLOAD_STATE_INVALID'

const scope: Rule = (payload) =>
  payload['scope'] === undefined || commandScopes.some((known) => known === payload['scope'])
    ? null
    : 'ERR_PAYLOAD_SCOPE_INVALID'

const workerOfScope: Rule = (payload) => {
  const needed = payload['scope'] === 'worker' || payload['scope'] === 'rack'
  if (needed && !isFilledText(payload['workerId'])) return 'ERR_PAYLOAD_WORKER_ID_REQUIRED'
  const given = payload['workerId']
  return given === undefined || typeof given === 'string' ? null : 'ERR_PAYLOAD_WORKER_ID_INVALID'
}

const targets: Rule = (payload) => {
  const list: unknown = payload['targets']
  if (list === undefined) return null
  if (!Array.isArray(list)) return 'ERR_PAYLOAD_TARGETS_INVALID'
  if (list.length > maxTargets) return 'ERR_PAYLOAD_TARGETS_TOO_MANY'
  const wrong = list.findIndex((target: unknown) => !isFilledText(target))
  return wrong === -1 ? null : `ERR_PAYLOAD_TARGET_INVALID at index ${wrong}`
}

/** A field that only our ORK knows; upstream's ignores it. */
const idempotencyKey: Rule = ({ idempotencyKey: key }) =>
  key === undefined || isVisibleName(key) ? null : 'ERR_PAYLOAD_IDEMPOTENCY_KEY_INVALID'

const cancelled: Rule = (payload) =>
  typeof payload['cancelled'] === 'boolean' ? null : 'ERR_PAYLOAD_CANCELLED_REQUIRED'

const rules: ReadonlyMap<string, readonly Rule[]> = new Map([
  ['identity.response', [text('workerId', 'ERR_PAYLOAD_WORKER_ID_REQUIRED'), devices]],
  ['capability.response', [object('contract', 'ERR_PAYLOAD_CONTRACT_REQUIRED')]],
  ['telemetry.pull', []],
  ['telemetry.response', []],
  ['command.request', [text('command', 'ERR_PAYLOAD_COMMAND_REQUIRED'), scope, workerOfScope, targets, idempotencyKey]],
  ['command.result', [commandId, status, knownStatus]],
  ['command.status', [commandId]],
  ['command.status.response', [commandId, status, knownStatus]],
  ['command.cancel', [commandId]],
  ['command.cancel.response', [commandId, cancelled]],
  ['health.pong', [status]],
  ['state.response', [object('state', 'ERR_PAYLOAD_STATE_REQUIRED'), states]],
])
