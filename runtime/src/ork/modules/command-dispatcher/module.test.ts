import { expect, test } from 'vitest'
import type { CheckedCommand, CommandIntake, CommandRequest, Submitted } from '../../ports/command-intake.ts'
import { createCommandDispatcher } from './module.ts'

const queued: Submitted = { kind: 'queued', commandId: 'c1' }

/** A dispatcher before an intake that takes everything, and recalls what was sent with the key 'known'. */
function start(routable = true) {
  const accepted: (readonly [CheckedCommand, string, number])[] = []
  const recalled: string[] = []
  const rejected: string[] = []
  const intake: CommandIntake = {
    recall(caller, key, content) {
      recalled.push(`${caller} ${key} ${content}`)
      return key === 'known' ? Promise.resolve(queued) : null
    },
    accept(...command) {
      accepted.push(command)
      return Promise.resolve(queued)
    },
  }
  const target = {
    workerId: 'w1',
    routable,
    awaited: false,
    instance: { publicKey: 'k1', instanceId: null },
    capabilities: { commands: [{ name: 'reboot' }] },
  }
  const targets = { ofDevice: () => target, find: () => target, devicesOf: () => ['d1'] }
  const dispatcher = createCommandDispatcher({ targets, intake, onRejected: (error) => rejected.push(error) })
  const submit = (payload: CommandRequest['payload']) =>
    dispatcher.submit({ caller: 'ca', deviceId: 'd1', correlationId: null, payload, sizeBytes: 7 })
  return { submit, accepted, recalled, rejected }
}

test('a command that is right is handed on, with the size of its request', async () => {
  const { submit, accepted, recalled } = start()
  expect(await submit({ command: 'reboot', params: { a: 1 } })).toEqual(queued)
  expect(accepted).toMatchObject([[{ command: 'reboot', deviceId: 'd1', workerId: 'w1' }, '', 7]])
  expect(recalled).toEqual([])
})

test('a command that is wrong is not handed on, and told', async () => {
  const { submit, accepted, rejected } = start()
  expect(await submit({ command: 'dance' })).toMatchObject({ kind: 'rejected' })
  expect(await submit({})).toEqual({ kind: 'rejected', error: 'ERR_COMMAND_REQUIRED' })
  expect(rejected).toEqual(['ERR_COMMAND_NOT_IN_CAPABILITIES: dance', 'ERR_COMMAND_REQUIRED'])
  expect(accepted).toEqual([])
})

test('D1: a repeat gets the answer of the first, also when the worker can no longer be reached', async () => {
  const { submit, accepted } = start(false)
  expect(await submit({ command: 'reboot', idempotencyKey: 'known' })).toEqual(queued)
  expect(await submit({ command: 'reboot', idempotencyKey: 'new' })).toMatchObject({ kind: 'rejected' })
  expect(accepted).toEqual([])
})

test('what a command says is written the same way whatever the order of its fields', async () => {
  const { submit, recalled } = start()
  const nested = (inner: object) => ({ command: 'reboot', idempotencyKey: 'k', params: { x: [inner] } })
  await submit(nested({ a: 1, b: { c: 2, d: 3 } }))
  await submit(nested({ b: { d: 3, c: 2 }, a: 1 }))
  await submit(nested({ b: { d: 3, c: 2 }, a: 2 }))
  expect(recalled[1]).toBe(recalled[0])
  expect(recalled[2]).not.toBe(recalled[0])
})
