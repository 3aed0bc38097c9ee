import { expect, test } from 'vitest'
import {
  apply,
  type Circuit,
  type CircuitEvent,
  circuitStates,
  closedCircuit,
  mayPass,
  openFor,
  table,
  threshold,
} from './machine.ts'

const failure = { at: 0, deviceId: null, random: 0 }
const events: readonly CircuitEvent[] = [
  { on: 'answer' },
  { on: 'failure', failure },
  { on: 'probe' },
  { on: 'probeFailure', failure },
  { on: 'probeUnsent', at: 0 },
  { on: 'relink', at: 0 },
  { on: 'lapse' },
]
const expected: Record<Circuit['state'], Partial<Record<CircuitEvent['on'] | 'trip', Circuit['state']>>> = {
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
    const to = expected[state][event.on]
    test(`${state} on ${event.on} ${to === undefined ? 'is a bug' : `leads to ${to}`}`, () => {
      const circuit = { ...closedCircuit, state }
      if (to === undefined) expect(() => apply(circuit, event)).toThrow('has no transition')
      else expect(apply(circuit, event).state).toBe(to)
    })
  }
}

for (const state of circuitStates) {
  const to = expected[state].trip ?? expected[state].failure
  test(`${state} on as many failures as trip one leads to ${to}`, () => {
    const circuit = { ...closedCircuit, state, failures: threshold - 1 }
    expect(apply(circuit, { on: 'failure', failure }).state).toBe(to)
  })
}

test('the table has no other transitions than those tested', () => {
  expect(table).toEqual(expected)
})

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
