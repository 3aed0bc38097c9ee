import { expect, test } from 'vitest'
import { decideCommand, type Target } from './dispatcher.ts'

const capabilities = {
  commands: [
    { name: 'reboot', params: [] },
    { name: 'setPowerPct', params: [{ name: 'pct', type: 'number' as const, max: 100 }] },
  ],
}
const target = (change: Partial<Target> = {}): Target => ({ workerId: 'w1', routable: true, capabilities, ...change })
const targets = (found: Target | undefined = target()) => ({
  ofDevice: (deviceId: string) => (deviceId === 'd1' ? found : undefined),
  find: (workerId: string) => (workerId === 'w1' ? found : undefined),
})

test.each([
  [null, {}, 'ERR_COMMAND_REQUIRED'],
  ['d1', { command: 7 }, 'ERR_COMMAND_REQUIRED'],
  ['d1', { command: 'reboot', scope: 'planet' }, 'ERR_PAYLOAD_SCOPE_INVALID'],
  ['d1', { command: 'reboot', scope: 'rack' }, 'ERR_PAYLOAD_WORKER_ID_REQUIRED'],
  ['d1', { command: 'reboot', params: [1] }, 'ERR_REQUEST_INVALID'],
  [null, { command: 'reboot' }, 'ERR_DEVICE_ID_REQUIRED'],
  ['', { command: 'reboot' }, 'ERR_DEVICE_ID_REQUIRED'],
  ['d9', { command: 'reboot' }, 'ERR_DEVICE_NOT_FOUND'],
  [null, { command: 'reboot', scope: 'worker', workerId: 'w9' }, 'ERR_WORKER_NOT_FOUND'],
  ['d1', { command: 'explode' }, 'ERR_COMMAND_NOT_IN_CAPABILITIES: explode'],
  ['d1', { command: 'constructor' }, 'ERR_COMMAND_NOT_IN_CAPABILITIES: constructor'],
  ['d1', { command: 'setPowerPct', params: { pct: 101 } }, 'ERR_PARAM_RANGE: pct above max 100'],
])('a command to %s with %o is refused with %s', (deviceId, payload, error) => {
  expect(decideCommand({ deviceId, payload }, targets())).toEqual({ kind: 'rejected', error })
})

test('a command for a worker that cannot be reached is refused before its parameters are looked at', () => {
  const decision = decideCommand(
    { deviceId: 'd1', payload: { command: 'explode' } },
    targets(target({ routable: false })),
  )
  expect(decision).toEqual({ kind: 'rejected', error: 'ERR_WORKER_NOT_ROUTABLE' })
})

test('a command that fits is accepted for the worker that has the device', () => {
  const payload = { command: 'setPowerPct', params: { pct: 5 }, requesterId: 'app-node' }
  expect(decideCommand({ deviceId: 'd1', payload }, targets())).toEqual({
    kind: 'accepted',
    command: {
      command: 'setPowerPct',
      params: { pct: 5 },
      scope: 'device',
      deviceId: 'd1',
      workerId: 'w1',
      targets: null,
      requesterId: 'app-node',
    },
  })
})

test('a command at a worker carries its targets', () => {
  const payload = { command: 'reboot', scope: 'worker', workerId: 'w1', targets: ['d1'] }
  const decision = decideCommand({ deviceId: null, payload }, targets())
  expect(decision).toMatchObject({ kind: 'accepted', command: { scope: 'worker', targets: ['d1'], deviceId: null } })
})

test('commands that are declared as a map are found by name', () => {
  const mapped = target({ capabilities: { commands: { reboot: { params: [] } } } })
  expect(decideCommand({ deviceId: 'd1', payload: { command: 'reboot' } }, targets(mapped)).kind).toBe('accepted')
  const inherited = decideCommand({ deviceId: 'd1', payload: { command: 'toString' } }, targets(mapped))
  expect(inherited).toEqual({ kind: 'rejected', error: 'ERR_COMMAND_NOT_IN_CAPABILITIES: toString' })
})

test('a contract without commands lets every command pass', () => {
  const silent = target({ capabilities: {} })
  expect(decideCommand({ deviceId: 'd1', payload: { command: 'x', params: { a: 1 } } }, targets(silent)).kind).toBe(
    'accepted',
  )
})

test('a command that says nothing about its parameters takes any, as upstream lets it', () => {
  const silent = target({ capabilities: { commands: [{ name: 'x' }] } })
  const decision = decideCommand({ deviceId: 'd1', payload: { command: 'x', params: { a: 1 } } }, targets(silent))
  expect(decision).toMatchObject({ kind: 'accepted', command: { params: { a: 1 } } })
})

test('commands that are null are none that are declared', () => {
  const silent = target({ capabilities: { commands: null } })
  expect(decideCommand({ deviceId: 'd1', payload: { command: 'x' } }, targets(silent)).kind).toBe('accepted')
})
