import { expect, test } from 'vitest'
import { allows, next } from '../../../machine/table.ts'
import { apply, type Circuit, circuitStates, closedCircuit, mayPass, openFor, table, threshold } from './machine.ts'

const events = ['answer', 'failure', 'trip', 'probe', 'probeFailure', 'probeUnsent', 'relink', 'lapse'] as const
const expected: Record<Circuit['state'], Partial<Record<(typeof events)[number], Circuit['state']>>> = {
  CLOSED: { answer: 'CLOSED', failure: 'CLOSED', trip: 'OPEN', relink: 'CLOSED' },
  OPEN: { answer: 'CLOSED', failure: 'OPEN', probe: 'HALF_OPEN', relink: 'OPEN', lapse: 'CLOSED' },
  HALF_OPEN: {
    answer: 'CLOSED',
    failure: 'HALF_OPEN',
    probeFailure: 'OPEN',
    probeUnsent: 'OPEN',
    relink: 'HALF_OPEN',
  },
}

for (const state of circuitStates) {
  for (const event of events) {
    const to = expected[state][event]
    test(`${state} on ${event} ${to === undefined ? 'is a bug' : `leads to ${to}`}`, () => {
      expect(allows(table, state, event)).toBe(to !== undefined)
      if (to !== undefined) expect(next(table, state, event)).toBe(to)
    })
  }
}

const failing = (circuit: Circuit, deviceIds: readonly (string | null)[], at = 0): Circuit =>
  deviceIds.reduce<Circuit>(
    (before, deviceId) => apply(before, { on: 'failure', failure: { at, deviceId, random: 0 } }),
    circuit,
  )
const times = (count: number, deviceId: string | null) => Array.from({ length: count }, () => deviceId)
const opened = failing(closedCircuit, times(threshold, null))

test('five failures in a row open it, four do not, and an answer begins the count anew', () => {
  const almost = failing(closedCircuit, times(threshold - 1, null))
  expect(almost.state).toBe('CLOSED')
  expect(failing(almost, [null]).state).toBe('OPEN')
  expect(failing(apply(almost, { on: 'answer' }), [null]).state).toBe('CLOSED')
})

test('a device that hangs does not open it however often, a second one that does opens it', () => {
  const hanging = failing(closedCircuit, times(50, 'd1'))
  expect(hanging.state).toBe('CLOSED')
  expect(failing(hanging, ['d2']).state).toBe('OPEN')
})

test('while it is open nothing passes, then one request, and its answer closes it', () => {
  expect(mayPass(opened, openFor.firstMs - 1)).toBe(false)
  expect(mayPass(opened, openFor.firstMs)).toBe(true)
  const probing = apply(opened, { on: 'probe' })
  expect(mayPass(probing, openFor.firstMs)).toBe(false)
  expect(apply(probing, { on: 'answer' })).toEqual(closedCircuit)
})

test('each probe that fails opens it for twice as long, up to half a minute', () => {
  const failure = { at: 0, deviceId: null, random: 0 }
  const waits: number[] = []
  let circuit = opened
  for (let count = 0; count < 7; count += 1) {
    waits.push(circuit.openUntil)
    circuit = apply(apply(circuit, { on: 'probe' }), { on: 'probeFailure', failure })
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
})

test('a newer link lets a request through at once', () => {
  expect(mayPass(apply(opened, { on: 'relink', at: 5 }), 5)).toBe(true)
})

test('failures of what was sent before it opened keep it open no longer', () => {
  expect(failing(opened, [null], 900).openUntil).toBe(opened.openUntil)
})
