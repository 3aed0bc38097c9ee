import { expect, test } from 'vitest'
import { apply, type PermitEvent, type PermitState, table } from './machine.ts'

const expected: Record<PermitState, Partial<Record<PermitEvent, PermitState>>> = {
  RESERVED: { queue: 'WAITING', start: 'STARTED', end: 'ENDED' },
  WAITING: { withdraw: 'RESERVED', start: 'STARTED' },
  STARTED: { yield: 'WAITING', end: 'ENDED' },
  ENDED: {},
}
const events = ['queue', 'withdraw', 'start', 'yield', 'end'] as const

for (const state of ['RESERVED', 'WAITING', 'STARTED', 'ENDED'] as const) {
  for (const event of events) {
    const to = expected[state][event]
    test(`${state} on ${event} ${to === undefined ? 'is a bug' : `leads to ${to}`}`, () => {
      if (to === undefined) expect(() => apply(state, event)).toThrow('has no transition')
      else expect(apply(state, event)).toBe(to)
    })
  }
}

test('the table has no other transitions than those tested', () => {
  expect(table).toEqual(expected)
})
