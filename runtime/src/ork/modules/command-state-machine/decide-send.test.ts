import { expect, test } from 'vitest'
import { aCommand } from '../../../../test/ork/a-command.ts'
import type { Instance } from '../../ports/command-targets.ts'
import { decideRetry, decideSend, maxRetries, repeatForMs } from './decide-send.ts'
import type { Command } from './machine.ts'

const here = { publicKey: 'k1', instanceId: 'i1' }
const sentTo = { ...here, since: 1_000 }

interface Try {
  readonly command: Partial<Command>
  readonly to?: Partial<Instance>
  readonly now?: number
}

const forgetful = { instanceId: null }

test.each<[string, Try, 'send' | 'lose']>([
  ['was never sent', { command: { sentTo: null }, now: 9e9 }, 'send'],
  ['was sent to the same instance', { command: { sentTo }, now: 1_000 + repeatForMs }, 'send'],
  ['was sent to the same instance too long ago', { command: { sentTo }, now: 1_001 + repeatForMs }, 'lose'],
  ['was sent to the same instance, by a clock that was set back since', { command: { sentTo }, now: 999 }, 'lose'],
  ['was sent to another instance', { command: { sentTo }, to: { instanceId: 'i2' } }, 'lose'],
  ['was sent to another key', { command: { sentTo }, to: { publicKey: 'k2' } }, 'lose'],
  ['was sent to a worker that forgets', { command: { sentTo: { ...sentTo, ...forgetful } }, to: forgetful }, 'lose'],
  ['is idempotent', { command: { sentTo, idempotent: true }, to: { instanceId: 'i2' }, now: 9e9 }, 'send'],
])('M2: a command that %s', (_, { command, to = {}, now = 1_000 }, decision) => {
  expect(decideSend(aCommand(command), { ...here, ...to }, now)).toBe(decision)
})

test.each<[string, Partial<Command>, 'retry' | 'lose']>([
  ['went to a worker that remembers', { sentTo }, 'retry'],
  ['provably did not run', { sentTo: null }, 'retry'],
  ['went to a worker that forgets', { sentTo: { ...sentTo, instanceId: null } }, 'lose'],
  ['is idempotent', { sentTo: { ...sentTo, instanceId: null }, idempotent: true }, 'retry'],
  ['was tried often enough', { sentTo, retries: maxRetries }, 'lose'],
])('a command without an answer that %s', (_, change, decision) => {
  expect(decideRetry(aCommand(change))).toBe(decision)
})
