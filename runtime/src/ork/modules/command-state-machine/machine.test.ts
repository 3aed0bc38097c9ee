import { expect, test } from 'vitest'
import { aCommand } from '../../../../test/ork/a-command.ts'
import { apply, type CommandEvent, type CommandState, table } from './machine.ts'

const sentTo = { publicKey: 'k1', instanceId: 'i1', since: 5 }
const events: readonly CommandEvent[] = [
  { on: 'dispatch' },
  { on: 'send', sentTo },
  { on: 'unsent', sentTo: null },
  { on: 'succeed', result: { ok: 1 } },
  { on: 'fail', error: 'ERR_DEVICE_UNAVAILABLE: d1' },
  { on: 'timeout', sentTo },
  { on: 'retry' },
  { on: 'lose' },
  { on: 'cancel' },
  { on: 'expire', error: 'ERR_WORKER_NOT_ROUTABLE' },
]
const states = ['QUEUED', 'DISPATCHED', 'EXECUTING', 'TIMEOUT', 'SUCCESS', 'FAILED'] as const
const expected: Record<CommandState, Partial<Record<CommandEvent['on'], CommandState>>> = {
  QUEUED: { dispatch: 'DISPATCHED', cancel: 'FAILED', expire: 'FAILED', lose: 'FAILED' },
  DISPATCHED: { send: 'EXECUTING', unsent: 'QUEUED' },
  EXECUTING: { unsent: 'QUEUED', succeed: 'SUCCESS', fail: 'FAILED', timeout: 'TIMEOUT' },
  TIMEOUT: { retry: 'QUEUED', lose: 'FAILED', expire: 'FAILED' },
  SUCCESS: {},
  FAILED: {},
}
const commandIn = (state: CommandState) => aCommand({ state, params: { pct: 50 } })

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

test.each<[CommandState, CommandEvent, string]>([
  ['TIMEOUT', { on: 'lose' }, 'ERR_COMMAND_FATE_UNKNOWN'],
  ['EXECUTING', { on: 'fail', error: 'ERR_UNKNOWN_COMMAND: x' }, 'ERR_UNKNOWN_COMMAND: x'],
  ['QUEUED', { on: 'cancel' }, 'ERR_CANCELLED'],
  ['QUEUED', { on: 'expire', error: 'ERR_WORKER_NOT_FOUND' }, 'ERR_WORKER_NOT_FOUND'],
])('a command that is %s and ends with %o says %s, and its parameters are forgotten', (state, event, error) => {
  expect(apply(commandIn(state), event, 9)).toMatchObject({ error, params: {} })
})

test('a command that succeeds has its result, and its parameters are forgotten', () => {
  expect(apply(commandIn('EXECUTING'), { on: 'succeed', result: { x: 1 } }, 9)).toMatchObject({
    result: { x: 1 },
    params: {},
    error: null,
  })
})

test('a command that fails on some of its devices has what it came to on each', () => {
  const event = { on: 'fail', error: 'ERR_TARGETS_FAILED', result: { devices: [{ deviceId: 'd1' }] } } as const
  expect(apply(commandIn('EXECUTING'), event, 9)).toMatchObject({ error: event.error, result: event.result })
})

test('M1: where it may have gone is known from sending on, and as before if it was not sent or did not run', () => {
  const sent = apply(commandIn('DISPATCHED'), { on: 'send', sentTo }, 9)
  expect(sent).toMatchObject({ sentTo, params: { pct: 50 } })
  expect(apply(sent, { on: 'unsent', sentTo: null }, 9).sentTo).toBeNull()
  expect(apply(sent, { on: 'timeout', sentTo }, 9).sentTo).toEqual(sentTo)
})

test('a command that is tried again counts it', () => {
  expect(apply(commandIn('TIMEOUT'), { on: 'retry' }, 9)).toMatchObject({ state: 'QUEUED', retries: 1 })
})
