/**
 * How far a command is on its way to its device.
 *
 * Q1  A command is under way (STARTED) only after it had a place: RESERVED while it is being written down, WAITING until its turn.
 */
import { next, type Table } from '../../../machine/table.ts'

export type PermitState = 'RESERVED' | 'WAITING' | 'STARTED' | 'ENDED'
export type PermitEvent = 'queue' | 'withdraw' | 'start' | 'yield' | 'end'

export const table = {
  RESERVED: { queue: 'WAITING', start: 'STARTED', end: 'ENDED' },
  WAITING: { withdraw: 'RESERVED', start: 'STARTED' },
  STARTED: { yield: 'WAITING', end: 'ENDED' },
  ENDED: {},
} as const satisfies Table<PermitState, PermitEvent>

/** The state after the event. Throws IllegalTransition. */
export function apply(state: PermitState, event: PermitEvent): PermitState {
  return next(table, state, event)
}
