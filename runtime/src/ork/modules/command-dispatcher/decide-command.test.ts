import { expect, test } from 'vitest'
import type { CommandRequest } from '../../ports/command-intake.ts'
import type { CommandTarget } from '../../ports/command-targets.ts'
import { type CommandDecision, decideCommand, parseCommand } from './decide-command.ts'

const capabilities = {
  commands: [
    { name: 'reboot', params: [] },
    { name: 'setPowerPct', idempotent: true, params: [{ name: 'pct', type: 'number' as const, max: 100 }] },
  ],
}
const target = (change: Partial<CommandTarget> = {}): CommandTarget => ({
  workerId: 'w1',
  routable: true,
  awaited: false,
  instance: { publicKey: 'k1', instanceId: 'i1' },
  capabilities,
  ...change,
})
const targets = (found: CommandTarget | undefined = target()) => ({
  ofDevice: (deviceId: string) => (deviceId === 'd1' ? found : undefined),
  find: (workerId: string) => (workerId === 'w1' ? found : undefined),
  devicesOf: () => ['d1', 'd2'],
})
const decide = (
  { deviceId, payload }: Pick<CommandRequest, 'deviceId' | 'payload'>,
  workers = targets(),
): CommandDecision => {
  const parsing = parseCommand({ deviceId, payload, caller: 'ca', correlationId: 'request-1', sizeBytes: 1 })
  return parsing.kind === 'rejected' ? parsing : decideCommand(parsing.parsed, workers)
}

test.each([
  [null, {}, 'ERR_COMMAND_REQUIRED'],
  ['d1', { command: 7 }, 'ERR_COMMAND_REQUIRED'],
  ['d1', { command: 'reboot', scope: 'planet' }, 'ERR_PAYLOAD_SCOPE_INVALID'],
  ['d1', { command: 'reboot', scope: 'rack' }, 'ERR_PAYLOAD_WORKER_ID_REQUIRED'],
  ['d1', { command: 'reboot', params: [1] }, 'ERR_REQUEST_INVALID'],
  ['d1', { command: 'reboot', idempotencyKey: 'a b' }, 'ERR_PAYLOAD_IDEMPOTENCY_KEY_INVALID'],
  ['d1', { command: 'reboot', idempotencyKey: 'x'.repeat(129) }, 'ERR_PAYLOAD_IDEMPOTENCY_KEY_INVALID'],
  [null, { command: 'reboot', scope: 'rack', workerId: 'w1', targets: [] }, 'ERR_PAYLOAD_TARGETS_INVALID'],
  [null, { command: 'reboot', scope: 'rack', workerId: 'w1', targets: ['d1', 'd9'] }, 'ERR_TARGET_NOT_FOUND: d9'],
  [null, { command: 'reboot' }, 'ERR_DEVICE_ID_REQUIRED'],
  ['', { command: 'reboot' }, 'ERR_DEVICE_ID_REQUIRED'],
  ['d9', { command: 'reboot' }, 'ERR_DEVICE_NOT_FOUND'],
  [null, { command: 'reboot', scope: 'worker', workerId: 'w9' }, 'ERR_WORKER_NOT_FOUND'],
  ['d1', { command: 'explode' }, 'ERR_COMMAND_NOT_IN_CAPABILITIES: explode'],
  ['d1', { command: 'constructor' }, 'ERR_COMMAND_NOT_IN_CAPABILITIES: constructor'],
  ['d1', { command: 'setPowerPct', params: { pct: 101 } }, 'ERR_PARAM_RANGE: pct above max 100'],
])('a command to %s with %o is refused with %s', (deviceId, payload, error) => {
  expect(decide({ deviceId, payload })).toEqual({ kind: 'rejected', error })
})

test('a command for a worker that cannot be reached is refused before its parameters are looked at', () => {
  const decision = decide({ deviceId: 'd1', payload: { command: 'explode' } }, targets(target({ routable: false })))
  expect(decision).toEqual({ kind: 'rejected', error: 'ERR_WORKER_NOT_ROUTABLE' })
})

test('a command for a worker that is being reached is accepted if its contract has it', () => {
  const awaited = targets(target({ routable: false, awaited: true }))
  expect(decide({ deviceId: 'd1', payload: { command: 'reboot' } }, awaited)).toMatchObject({ kind: 'accepted' })
  const error = 'ERR_COMMAND_NOT_IN_CAPABILITIES: explode'
  expect(decide({ deviceId: 'd1', payload: { command: 'explode' } }, awaited)).toEqual({ kind: 'rejected', error })
})

test('a command that fits is accepted for the worker that has the device', () => {
  const payload = { command: 'setPowerPct', params: { pct: 5 }, requesterId: 'app-node' }
  expect(decide({ deviceId: 'd1', payload })).toEqual({
    kind: 'accepted',
    command: {
      command: 'setPowerPct',
      params: { pct: 5 },
      scope: 'device',
      deviceId: 'd1',
      workerId: 'w1',
      targets: null,
      requesterId: 'app-node',
      caller: 'ca',
      idempotencyKey: null,
      correlationId: 'request-1',
      idempotent: true,
    },
  })
})

test('a command at a worker carries its targets, each once, and no device', () => {
  const payload = { command: 'reboot', scope: 'worker', workerId: 'w1', targets: ['d1', 'd2', 'd1'] }
  const decision = decide({ deviceId: 'd1', payload })
  expect(decision).toMatchObject({
    kind: 'accepted',
    command: { scope: 'worker', targets: ['d1', 'd2'], deviceId: null },
  })
})

test('commands that are declared as a map are found by name', () => {
  const mapped = target({ capabilities: { commands: { reboot: { params: [] } } } })
  expect(decide({ deviceId: 'd1', payload: { command: 'reboot' } }, targets(mapped)).kind).toBe('accepted')
  const inherited = decide({ deviceId: 'd1', payload: { command: 'toString' } }, targets(mapped))
  expect(inherited).toEqual({ kind: 'rejected', error: 'ERR_COMMAND_NOT_IN_CAPABILITIES: toString' })
})

test('a contract without commands lets every command pass', () => {
  const silent = target({ capabilities: {} })
  expect(decide({ deviceId: 'd1', payload: { command: 'x', params: { a: 1 } } }, targets(silent)).kind).toBe('accepted')
})

test('a command that says nothing about its parameters takes any, as upstream lets it', () => {
  const silent = target({ capabilities: { commands: [{ name: 'x' }] } })
  const decision = decide({ deviceId: 'd1', payload: { command: 'x', params: { a: 1 } } }, targets(silent))
  expect(decision).toMatchObject({ kind: 'accepted', command: { params: { a: 1 } } })
})

test('commands that are null are none that are declared', () => {
  const silent = target({ capabilities: { commands: null } })
  expect(decide({ deviceId: 'd1', payload: { command: 'x' } }, targets(silent)).kind).toBe('accepted')
})
