import { expect, test } from 'vitest'
import type { CommandResult } from '../../../protocol/payloads.ts'
import type { Answer } from '../../ports/worker-channel.ts'
import { outcomeOf } from './outcome.ts'

const result = (reply: object): Answer<CommandResult> => ({
  kind: 'ok',
  reply: { commandId: 'c1', ...reply } as CommandResult,
  sizeBytes: JSON.stringify(reply).length,
})

test.each<[string, Answer<CommandResult>, object]>([
  ['a result', result({ status: 'SUCCESS', result: { x: 1 } }), { on: 'succeed', result: { x: 1 } }],
  ['a success without a result', result({ status: 'SUCCESS' }), { on: 'succeed', result: {} }],
  ['a failure', result({ status: 'FAILED', error: 'out of coffee' }), { on: 'fail', error: 'out of coffee' }],
  [
    'a failure of some of its devices',
    result({ status: 'FAILED', error: 'ERR_TARGETS_FAILED', result: { devices: [] } }),
    { on: 'fail', error: 'ERR_TARGETS_FAILED', result: { devices: [] } },
  ],
  ['a failure that says nothing', result({ status: 'FAILED' }), { on: 'fail', error: 'ERR_COMMAND_FAILED' }],
  ['a failure that is no text', result({ status: 'FAILED', error: {} }), { on: 'fail', error: 'ERR_COMMAND_FAILED' }],
  ['a result of another command', result({ commandId: 'c2', status: 'SUCCESS' }), { on: 'timeout', ran: true }],
  [
    'a worker that is stopping',
    result({ status: 'FAILED', error: 'ERR_WORKER_NOT_ROUTABLE: the worker is stopping' }),
    { on: 'timeout', ran: false },
  ],
  [
    'a code that says no',
    { kind: 'refused', error: 'ERR_UNKNOWN_ACTION: x' },
    { on: 'fail', error: 'ERR_UNKNOWN_ACTION: x' },
  ],
  ['an exception of our worker', { kind: 'refused', error: 'ERR_INTERNAL' }, { on: 'timeout', ran: true }],
  [
    'an exception of an upstream worker',
    { kind: 'refused', error: "reading 'ip' of undefined" },
    { on: 'timeout', ran: true },
  ],
  ['an answer that is none', { kind: 'malformed', error: 'ERR_ENVELOPE_ID_MISSING' }, { on: 'timeout', ran: true }],
  ['silence', { kind: 'unanswered', failure: 'timeout' }, { on: 'timeout', ran: true }],
  ['no link', { kind: 'unlinked' }, { on: 'unsent' }],
])('%s leads to what is certain', (_, answer, event) => {
  expect(outcomeOf('c1', answer)).toEqual(event)
})

test('a result or an error that is too large is not kept', () => {
  expect(outcomeOf('c1', result({ status: 'SUCCESS', result: 'x'.repeat(270_000) }))).toEqual({
    on: 'succeed',
    result: { truncated: true },
  })
  expect(outcomeOf('c1', result({ status: 'FAILED', error: 'x'.repeat(70_000) }))).toEqual({
    on: 'fail',
    error: 'x'.repeat(1_000),
  })
})
