/**
 * Liveness of one worker, as pings see it.
 *
 * H1  One lost ping changes no state: it has the worker dialled anew, nothing else.
 * H2  Any pong makes a worker HEALTHY, whatever it was and however late the pong is.
 */
import type { healthStates } from '../../../contract/status.ts'
import { next, type Table } from '../../../machine/table.ts'

export type HealthState = (typeof healthStates)[number]

export type HealthEvent =
  /** It answered. */
  | 'pong'
  /** One ping in a row was lost. */
  | 'miss'
  /** Several were. */
  | 'suspect'
  /** As many as nobody survives. */
  | 'despair'

export const table = {
  UNKNOWN: { pong: 'HEALTHY', miss: 'UNKNOWN', suspect: 'SICK', despair: 'DEAD' },
  HEALTHY: { pong: 'HEALTHY', miss: 'HEALTHY', suspect: 'SICK', despair: 'DEAD' },
  SICK: { pong: 'HEALTHY', suspect: 'SICK', despair: 'DEAD' },
  DEAD: { pong: 'HEALTHY', despair: 'DEAD' },
} as const satisfies Table<HealthState, HealthEvent>

/** Pings lost in a row that make a worker SICK. */
export const sickAfter = 2
/** Pings lost in a row that make a worker DEAD. */
export const deadAfter = 5

export interface Health {
  readonly state: HealthState
  /** Pings lost in a row. */
  readonly misses: number
}

/** A worker that isn't pinged: it isn't registered. */
export const unknownHealth: Health = { state: 'UNKNOWN', misses: 0 }

/** The worker's health after a ping. */
export function afterPing(health: Health, answered: boolean): Health {
  const misses = answered ? 0 : health.misses + 1
  return { state: next(table, health.state, eventOf(misses)), misses }
}

function eventOf(misses: number): HealthEvent {
  if (misses === 0) return 'pong'
  if (misses >= deadAfter) return 'despair'
  return misses >= sickAfter ? 'suspect' : 'miss'
}

/** Whether requests may go to a worker of this health. */
export function isTrusted(state: HealthState): boolean {
  return state === 'HEALTHY'
}
