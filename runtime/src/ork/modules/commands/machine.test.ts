import { expect, test } from 'vitest'
import { apply, type Command, type CommandEvent, type CommandState, queuedForMs, resume, table } from './machine.ts'

const events: readonly CommandEvent[] = [
  { on: 'dispatch' },
  { on: 'send' },
  { on: 'unsent' },
  { on: 'succeed', result: { ok: 1 } },
  { on: 'fail', error: 'ERR_DEVICE_UNAVAILABLE: d1' },
  { on: 'lose' },
  { on: 'cancel' },
  { on: 'expire', error: 'ERR_WORKER_NOT_ROUTABLE' },
]
const states = ['QUEUED', 'DISPATCHED', 'EXECUTING', 'SUCCESS', 'FAILED'] as const
const expected: Record<CommandState, Partial<Record<CommandEvent['on'], CommandState>>> = {
  QUEUED: { dispatch: 'DISPATCHED', cancel: 'FAILED', expire: 'FAILED' },
  DISPATCHED: { send: 'EXECUTING', unsent: 'QUEUED', lose: 'FAILED' },
  EXECUTING: { unsent: 'QUEUED', succeed: 'SUCCESS', fail: 'FAILED', lose: 'FAILED' },
  SUCCESS: {},
  FAILED: {},
}

const commandIn = (state: CommandState): Command => ({
  commandId: 'c1',
  state,
  command: 'reboot',
  params: { pct: 50 },
  scope: 'device',
  deviceId: 'd1',
  workerId: 'w1',
  targets: null,
  requesterId: null,
  result: null,
  error: null,
  createdAt: 1,
  updatedAt: 1,
  expiresAt: 2,
})

for (const state of states) {
  for (const event of events) {
    const to = expected[state][event.on]
    test(`${state} on ${event.on} ${to === undefined ? 'is a bug' : `leads to ${to}`}`, () => {
      if (to === undefined) expect(() => apply(commandIn(state), event, 9)).toThrow('has no transition')
      else expect(apply(commandIn(state), event, 9)).toMatchObject({ state: to, updatedAt: 9, createdAt: 1 })
    })
  }
}

test('the table has no other transitions than those tested', () => {
  expect(table).toEqual(expected)
})

test.each([
  [{ on: 'lose' }, 'ERR_COMMAND_FATE_UNKNOWN'],
  [{ on: 'fail', error: 'ERR_UNKNOWN_COMMAND: x' }, 'ERR_UNKNOWN_COMMAND: x'],
] as const)('a command that ends with %o says %s', (event, error) => {
  expect(apply(commandIn('EXECUTING'), event, 9).error).toBe(error)
})

test.each([
  ['EXECUTING', { on: 'send' }, { pct: 50 }],
  ['SUCCESS', { on: 'succeed', result: {} }, {}],
  ['FAILED', { on: 'lose' }, {}],
] as const)('a command that becomes %s on %j has the parameters %j', (_, event, params) => {
  expect(apply(commandIn(event.on === 'send' ? 'DISPATCHED' : 'EXECUTING'), event, 9).params).toEqual(params)
})

test('a command that is cancelled or expires says so', () => {
  expect(apply(commandIn('QUEUED'), { on: 'cancel' }, 9).error).toBe('ERR_CANCELLED')
  expect(apply(commandIn('QUEUED'), { on: 'expire', error: 'ERR_WORKER_NOT_FOUND' }, 9).error).toBe(
    'ERR_WORKER_NOT_FOUND',
  )
})

test('after a restart a QUEUED command is owed still and its worker has its whole time again', () => {
  expect(resume(commandIn('QUEUED'), 1_000)).toEqual({ ...commandIn('QUEUED'), expiresAt: 1_000 + queuedForMs })
})

test.each(['DISPATCHED', 'EXECUTING'] as const)('after a restart a %s command is of unknown fate', (state) => {
  expect(resume(commandIn(state), 9)).toMatchObject({ state: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' })
})

test.each(['SUCCESS', 'FAILED'] as const)('after a restart a %s command is what it was', (state) => {
  expect(resume(commandIn(state), 9)).toEqual(commandIn(state))
})
