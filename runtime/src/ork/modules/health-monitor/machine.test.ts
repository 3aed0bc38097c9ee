import { expect, test } from 'vitest'
import { healthStates } from '../../../contract/status.ts'
import {
  afterPing,
  deadAfter,
  type Health,
  type HealthEvent,
  type HealthState,
  isTrusted,
  sickAfter,
  table,
  unknownHealth,
} from './machine.ts'

const expected: Record<HealthState, Partial<Record<HealthEvent, HealthState>>> = {
  UNKNOWN: { pong: 'HEALTHY', miss: 'UNKNOWN', suspect: 'SICK', despair: 'DEAD' },
  HEALTHY: { pong: 'HEALTHY', miss: 'HEALTHY', suspect: 'SICK', despair: 'DEAD' },
  SICK: { pong: 'HEALTHY', suspect: 'SICK', despair: 'DEAD' },
  DEAD: { pong: 'HEALTHY', despair: 'DEAD' },
}
/** Of the ping that makes the event: whether it is answered, and how many before it weren't. */
const pings = {
  pong: { answered: true, misses: 0 },
  miss: { answered: false, misses: 0 },
  suspect: { answered: false, misses: sickAfter - 1 },
  despair: { answered: false, misses: deadAfter - 1 },
} satisfies Record<HealthEvent, object>
const events = ['pong', 'miss', 'suspect', 'despair'] as const

for (const state of healthStates) {
  for (const event of events) {
    const to = expected[state][event]
    test(`${state} on ${event} ${to === undefined ? 'is a bug' : `leads to ${to}`}`, () => {
      const { answered, misses } = pings[event]
      if (to === undefined) expect(() => afterPing({ state, misses }, answered)).toThrow('has no transition')
      else expect(afterPing({ state, misses }, answered).state).toBe(to)
    })
  }
}

test('the table has no other transitions than those tested', () => {
  expect(table).toEqual(expected)
})

const afterMisses = (from: Health, count: number): Health =>
  Array.from({ length: count }).reduce<Health>((health) => afterPing(health, false), from)

test('one lost ping keeps a worker HEALTHY and trusted', () => {
  const health = afterMisses(afterPing(unknownHealth, true), 1)
  expect(health).toEqual({ state: 'HEALTHY', misses: 1 })
  expect(isTrusted(health.state)).toBe(true)
})

test('two lost pings make it SICK, five DEAD, and any pong HEALTHY again', () => {
  const healthy = afterPing(unknownHealth, true)
  expect(afterMisses(healthy, sickAfter).state).toBe('SICK')
  expect(afterMisses(healthy, deadAfter).state).toBe('DEAD')
  expect(afterMisses(healthy, 1_000).state).toBe('DEAD')
  expect(afterPing(afterMisses(healthy, 1_000), true)).toEqual({ state: 'HEALTHY', misses: 0 })
  expect([isTrusted('SICK'), isTrusted('DEAD'), isTrusted('UNKNOWN')]).toEqual([false, false, false])
})
