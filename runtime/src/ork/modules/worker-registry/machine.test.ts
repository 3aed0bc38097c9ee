import { expect, test } from 'vitest'
import { registrationStates } from '../../../contract/status.ts'
import { apply, newWorker, type RegistrationEvent, type RegistrationState, table, type Worker } from './machine.ts'

const address = { host: 'worker-a', port: 49737 }
const said = {
  claims: ['d1'],
  driver: 'test',
  model: null,
  revision: 'r1',
  instanceId: 'i1',
  processId: 'p1',
  trouble: null,
}
const contract = { metadata: {}, capabilities: {} }
const events: readonly RegistrationEvent[] = [
  { on: 'move', address },
  { on: 'rekey', publicKey: 'k2', address },
  { on: 'identify', said, at: 7 },
  { on: 'contract', contract },
  { on: 'terminate' },
]
const expected: Record<RegistrationState, Partial<Record<RegistrationEvent['on'], RegistrationState>>> = {
  DISCOVERED: { move: 'DISCOVERED', rekey: 'DISCOVERED', identify: 'IDENTITY_SAVED', terminate: 'TERMINATED' },
  IDENTITY_SAVED: {
    move: 'IDENTITY_SAVED',
    rekey: 'DISCOVERED',
    identify: 'IDENTITY_SAVED',
    contract: 'READY',
    terminate: 'TERMINATED',
  },
  READY: { move: 'READY', rekey: 'DISCOVERED', identify: 'READY', contract: 'READY', terminate: 'TERMINATED' },
  TERMINATED: {},
}
const workerIn = (state: RegistrationState): Worker => ({ ...newWorker('w1', 'k1', address), state })

for (const state of registrationStates) {
  for (const event of events) {
    const to = expected[state][event.on]
    test(`${state} on ${event.on} ${to === undefined ? 'is a bug' : `leads to ${to}`}`, () => {
      if (to === undefined) expect(() => apply(workerIn(state), event)).toThrow('has no transition')
      else expect(apply(workerIn(state), event).state).toBe(to)
    })
  }
}

test('the table has no other transitions than those tested', () => {
  expect(table).toEqual(expected)
})

test('an identity is kept as it was said, and the first one dates the registration', () => {
  const first = apply(workerIn('DISCOVERED'), { on: 'identify', said, at: 7 })
  const second = apply(first, { on: 'identify', said: { ...said, claims: ['d1', 'd2'] }, at: 9 })
  expect(second).toMatchObject({ claims: ['d1', 'd2'], revision: 'r1', registeredAt: 7 })
})

test('another key on the roster forgets what the old key reported of its memory', () => {
  const ready = { ...workerIn('READY'), ...said }
  const rekeyed = apply(ready, { on: 'rekey', publicKey: 'k2', address: { host: 'worker-b', port: 1 } })
  expect(rekeyed).toMatchObject({
    publicKey: 'k2',
    address: { host: 'worker-b', port: 1 },
    revision: null,
    instanceId: null,
    processId: null,
    trouble: null,
  })
})
