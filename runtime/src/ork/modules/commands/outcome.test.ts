import { expect, test } from 'vitest'
import type { CommandResult } from '../../../protocol/payloads.ts'
import type { Answer } from '../../ports/worker-channel.ts'
import type { Command } from './machine.ts'
import { outcomeOf } from './outcome.ts'

const command = { commandId: 'c1' } as Command
const result = (reply: object): Answer<CommandResult> => ({
  kind: 'ok',
  reply: { commandId: 'c1', ...reply } as CommandResult,
})

test.each<[string, Answer<CommandResult>, object]>([
  ['a result', result({ status: 'SUCCESS', result: { x: 1 } }), { on: 'succeed', result: { x: 1 } }],
  ['a success without a result', result({ status: 'SUCCESS' }), { on: 'succeed', result: {} }],
  ['a failure', result({ status: 'FAILED', error: 'out of coffee' }), { on: 'fail', error: 'out of coffee' }],
  ['a failure that says nothing', result({ status: 'FAILED' }), { on: 'fail', error: 'ERR_COMMAND_FAILED' }],
  ['a failure that is no text', result({ status: 'FAILED', error: {} }), { on: 'fail', error: 'ERR_COMMAND_FAILED' }],
  ['a result of another command', result({ commandId: 'c2', status: 'SUCCESS' }), { on: 'lose' }],
  [
    'a code that says no',
    { kind: 'refused', error: 'ERR_UNKNOWN_ACTION: x' },
    { on: 'fail', error: 'ERR_UNKNOWN_ACTION: x' },
  ],
  ['an exception of our worker', { kind: 'refused', error: 'ERR_INTERNAL' }, { on: 'lose' }],
  ['an exception of an upstream worker', { kind: 'refused', error: "reading 'ip' of undefined" }, { on: 'lose' }],
  ['an answer that is none', { kind: 'malformed', error: 'ERR_ENVELOPE_ID_MISSING' }, { on: 'lose' }],
  ['silence', { kind: 'unanswered', failure: 'timeout' }, { on: 'lose' }],
  ['no link', { kind: 'unlinked' }, { on: 'unsent' }],
])('%s leads to what is certain', (_, answer, event) => {
  expect(outcomeOf(command, answer)).toEqual(event)
})

test('a result or an error that is too large is not kept', () => {
  expect(outcomeOf(command, result({ status: 'SUCCESS', result: 'x'.repeat(70_000) }))).toEqual({
    on: 'succeed',
    result: { truncated: true },
  })
  expect(outcomeOf(command, result({ status: 'FAILED', error: 'x'.repeat(70_000) }))).toEqual({
    on: 'fail',
    error: 'x'.repeat(1_000),
  })
})
