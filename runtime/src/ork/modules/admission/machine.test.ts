import { expect, test } from 'vitest'
import { apply, type NewcomerEvent, type NewcomerState, newNewcomer, table } from './machine.ts'

const refusal = { reason: 'it does not say who it is', claimed: null }
const events: readonly NewcomerEvent[] = [{ on: 'dial' }, { on: 'refuse', refusal }, { on: 'again' }]
const expected: Record<NewcomerState, Partial<Record<NewcomerEvent['on'], NewcomerState>>> = {
  WAITING: { dial: 'DIALLED' },
  DIALLED: { refuse: 'ASIDE' },
  ASIDE: { again: 'WAITING' },
}

for (const state of ['WAITING', 'DIALLED', 'ASIDE'] as const) {
  for (const event of events) {
    const to = expected[state][event.on]
    test(`${state} on ${event.on} ${to === undefined ? 'is a bug' : `leads to ${to}`}`, () => {
      const newcomer = { ...newNewcomer({ publicKey: 'k1' }), state }
      if (to === undefined) expect(() => apply(newcomer, event)).toThrow('has no transition')
      else expect(apply(newcomer, event).state).toBe(to)
    })
  }
}

test('the table has no other transitions than those tested', () => {
  expect(table).toEqual(expected)
})

test('a refusal is remembered until the next, and counted', () => {
  const dialled = apply(newNewcomer({ publicKey: 'k1' }), { on: 'dial' })
  const refused = apply(dialled, { on: 'refuse', refusal })
  expect(refused).toMatchObject({ refusals: 1, refusal })
  const again = apply(apply(refused, { on: 'again' }), { on: 'dial' })
  expect(apply(again, { on: 'refuse', refusal })).toMatchObject({ refusals: 2 })
})
