import { describe, expect, test } from 'vitest'
import { payloadProblem } from './payload-rules.ts'
import { maxTargets } from './payloads.ts'

const targets = (count: number) => Array.from({ length: count }, (_, at) => `d${at}`)

describe('payloadProblem', () => {
  test.each([
    ['identity.response', null, 'ERR_PAYLOAD_NOT_OBJECT'],
    ['identity.response', [], 'ERR_PAYLOAD_NOT_OBJECT'],
    ['identity.response', {}, 'ERR_PAYLOAD_WORKER_ID_REQUIRED'],
    ['identity.response', { workerId: 'w' }, 'ERR_PAYLOAD_DEVICES_REQUIRED'],
    ['identity.response', { workerId: 'w', devices: [{ deviceId: 'a' }, {}] }, 'ERR_PAYLOAD_DEVICE_INVALID at index 1'],
    ['identity.response', { workerId: 'w', devices: [{ deviceId: 'a' }] }, null],
    ['capability.response', { contract: 'x' }, 'ERR_PAYLOAD_CONTRACT_REQUIRED'],
    ['capability.response', { contract: {} }, null],
    ['telemetry.pull', 'x', 'ERR_PAYLOAD_NOT_OBJECT'],
    ['telemetry.pull', {}, null],
    ['telemetry.response', 1, 'ERR_PAYLOAD_NOT_OBJECT'],
    ['command.request', {}, 'ERR_PAYLOAD_COMMAND_REQUIRED'],
    ['command.request', { command: 'x', scope: 'site' }, 'ERR_PAYLOAD_SCOPE_INVALID'],
    ['command.request', { command: 'x', scope: 'worker' }, 'ERR_PAYLOAD_WORKER_ID_REQUIRED'],
    ['command.request', { command: 'x', scope: 'rack' }, 'ERR_PAYLOAD_WORKER_ID_REQUIRED'],
    ['command.request', { command: 'x', workerId: 1 }, 'ERR_PAYLOAD_WORKER_ID_INVALID'],
    ['command.request', { command: 'x', targets: 'd' }, 'ERR_PAYLOAD_TARGETS_INVALID'],
    ['command.request', { command: 'x', targets: targets(maxTargets + 1) }, 'ERR_PAYLOAD_TARGETS_TOO_MANY'],
    ['command.request', { command: 'x', targets: ['d', ''] }, 'ERR_PAYLOAD_TARGET_INVALID at index 1'],
    ['command.request', { command: 'x', scope: 'rack', workerId: 'w', targets: targets(maxTargets) }, null],
    ['command.request', { command: 'x' }, null],
    ['command.result', {}, 'ERR_PAYLOAD_COMMAND_ID_REQUIRED'],
    ['command.result', { commandId: 'c' }, 'ERR_PAYLOAD_STATUS_REQUIRED'],
    ['command.result', { commandId: 'c', status: 'DONE' }, 'ERR_PAYLOAD_STATUS_INVALID'],
    ['command.result', { commandId: 'c', status: 'SUCCESS' }, null],
    ['command.status', {}, 'ERR_PAYLOAD_COMMAND_ID_REQUIRED'],
    ['command.status.response', { commandId: 'c', status: 'x' }, 'ERR_PAYLOAD_STATUS_INVALID'],
    ['command.cancel', { commandId: 5 }, 'ERR_PAYLOAD_COMMAND_ID_REQUIRED'],
    ['command.cancel.response', { commandId: 'c' }, 'ERR_PAYLOAD_CANCELLED_REQUIRED'],
    ['command.cancel.response', { commandId: 'c', cancelled: false }, null],
    ['health.pong', {}, 'ERR_PAYLOAD_STATUS_REQUIRED'],
    ['health.pong', { status: 'OK', more: 1 }, null],
    ['state.response', {}, 'ERR_PAYLOAD_STATE_REQUIRED'],
    ['state.response', { state: [] }, 'ERR_PAYLOAD_STATE_REQUIRED'],
    ['state.response', { state: { a: { status: 'online' }, b: null } }, 'ERR_PAYLOAD_STATE_INVALID'],
    ['state.response', { state: {} }, null],
    ['state.response', { state: { a: { status: 'online' }, b: {} } }, null],
    ['health.ping', 'anything', null],
    ['worker.list', null, null],
  ])('%s with %j → %s', (action, payload, problem) => {
    expect(payloadProblem(action, payload)).toBe(problem)
  })
})
