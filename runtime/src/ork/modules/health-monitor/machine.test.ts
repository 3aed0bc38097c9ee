import { expect, test } from 'vitest'
import { healthStates } from '../../../contract/status.ts'
import { allows, next } from '../../../machine/table.ts'
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
const events = ['pong', 'miss', 'suspect', 'despair'] as const

for (const state of healthStates) {
  for (const event of events) {
    const to = expected[state][event]
    test(`${state} on ${event} ${to === undefined ? 'is a bug' : `leads to ${to}`}`, () => {
      expect(allows(table, state, event)).toBe(to !== undefined)
      if (to !== undefined) expect(next(table, state, event)).toBe(to)
    })
  }
}

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
