import { describe, expect, test } from 'vitest'
import { IllegalTransition, next, type Table } from './table.ts'

type State = 'open' | 'closed'
type Event = 'push' | 'lock'

const table = {
  open: { push: 'closed' },
  closed: { push: 'open', lock: 'closed' },
} as const satisfies Table<State, Event>

describe('next', () => {
  test('a transition of the table leads where it says', () => {
    expect(next<State, Event>(table, 'open', 'push')).toBe('closed')
    expect(next<State, Event>(table, 'closed', 'lock')).toBe('closed')
  })

  test('any other is refused with its state and event', () => {
    const attempt = () => next<State, Event>(table, 'open', 'lock')
    expect(attempt).toThrow(IllegalTransition)
    expect(attempt).toThrow("the state 'open' has no transition for 'lock'")
  })
})
