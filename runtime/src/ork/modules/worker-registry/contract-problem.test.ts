import { expect, test } from 'vitest'
import { contractProblem } from './contract-problem.ts'

const withCommands = (commands: unknown) => contractProblem({ metadata: {}, capabilities: { commands } })

test.each([
  [undefined],
  [null],
  [[]],
  [[{ name: 'reboot' }, { name: 'setLED', params: [{ name: 'on', type: 'boolean', required: true }] }]],
  [[{ name: 'reboot', params: null, handler: 'reboot' }]],
  [{ reboot: {}, setLED: { params: [] } }],
])('a worker may declare the commands %j', (commands) => {
  expect(withCommands(commands)).toBeNull()
})

test.each([
  ['reboot'],
  [[null]],
  [[{ params: [] }]],
  [[{ name: 'x', params: {} }]],
  [{ reboot: { params: [{ enum: null }] } }],
])('a worker that declares the commands %j is told so', (commands) => {
  expect(withCommands(commands)).toMatch(/^the commands in its contract are no list/)
})

test('a contract without its two sections is none', () => {
  expect(contractProblem({ metadata: {} })).toMatch(/lacks metadata or capabilities/)
})
