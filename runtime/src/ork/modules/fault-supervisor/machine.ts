/**
 * The circuit of one worker for one kind of request, as in Nygard's "Release It!".
 *
 * F1  Requests that aren't answered open it: `threshold` in a row, and about more than one device unless the worker has no other,
 *     so that a device that hangs doesn't cut its neighbours off. A refusal is an answer.
 * F2  While it is open nothing is sent. When its time is over one request goes through; the answer closes it, another failure opens
 *     it for longer.
 * F5  One that nobody tries for long after its time is over holds nothing back, and is closed.
 */
import { type Backoff, backoffMs } from '../../../machine/backoff.ts'
import { next, type Table } from '../../../machine/table.ts'

export const circuitStates = ['CLOSED', 'OPEN', 'HALF_OPEN'] as const
export type CircuitState = (typeof circuitStates)[number]

export type CircuitEvent =
  /** The worker answered. */
  | { readonly on: 'answer' }
  /** It didn't, or the link ended first. */
  | { readonly on: 'failure'; readonly failure: Failure }
  /** A request is let through, to see whether it is answered. */
  | { readonly on: 'probe' }
  /** That one wasn't. */
  | { readonly on: 'probeFailure'; readonly failure: Failure }
  /** That one couldn't be sent. */
  | { readonly on: 'probeUnsent'; readonly at: number }
  /** There is a newer link to the worker: a request may go through at once. */
  | { readonly on: 'relink'; readonly at: number }
  /** Nobody has tried it for long. */
  | { readonly on: 'lapse' }

type On = CircuitEvent['on'] | 'trip'

export const table = {
  CLOSED: { answer: 'CLOSED', failure: 'CLOSED', trip: 'OPEN', relink: 'CLOSED' },
  OPEN: { answer: 'CLOSED', failure: 'OPEN', probe: 'HALF_OPEN', relink: 'OPEN', lapse: 'CLOSED' },
  HALF_OPEN: {
    answer: 'CLOSED',
    failure: 'HALF_OPEN',
    probeFailure: 'OPEN',
    probeUnsent: 'OPEN',
    relink: 'HALF_OPEN',
  },
} as const satisfies Table<CircuitState, On>

export interface Failure {
  /** Milliseconds of the monotonic clock. */
  readonly at: number
  /** Null if the request was about the whole worker, or about the only device that it has. */
  readonly deviceId: string | null
  /** In [0, 1). */
  readonly random: number
}

export interface Circuit {
  readonly state: CircuitState
  /** Failures in a row. */
  readonly failures: number
  /** Whom they were about: each once, two at most, null for the whole worker. */
  readonly subjects: readonly (string | null)[]
  /** How often in a row it was opened without an answer in between. */
  readonly openings: number
  /** When a request may go through, in milliseconds of the monotonic clock. */
  readonly openUntil: number
}

export const closedCircuit: Circuit = { state: 'CLOSED', failures: 0, subjects: [], openings: 0, openUntil: 0 }

/** Failures in a row that open a circuit. */
export const threshold = 5
export const openFor: Backoff = { firstMs: 1_000, limitMs: 30_000 }
/** F5 */
export const lapseMs = 60_000

/** The circuit after the event. Throws IllegalTransition. */
export function apply(circuit: Circuit, event: CircuitEvent): Circuit {
  const state = next(table, circuit.state, event.on)
  switch (event.on) {
    case 'answer':
    case 'lapse':
      return closedCircuit
    case 'failure':
      return afterFailure({ ...circuit, state }, event.failure)
    case 'probe':
      return { ...circuit, state }
    case 'probeFailure':
      return opened(circuit, state, event.failure)
    case 'probeUnsent':
    case 'relink':
      return { ...circuit, state, openUntil: event.at }
  }
}

/** Whether a request may be sent now. */
export function mayPass({ state, openUntil }: Circuit, now: number): boolean {
  return state === 'CLOSED' || (state === 'OPEN' && now >= openUntil)
}

/** F1 */
function afterFailure(circuit: Circuit, failure: Failure): Circuit {
  const subjects = circuit.subjects.includes(failure.deviceId)
    ? circuit.subjects
    : [...circuit.subjects, failure.deviceId].slice(-2)
  const counted = { ...circuit, failures: circuit.failures + 1, subjects }
  const isWorkers = subjects.length > 1 || subjects.includes(null)
  if (circuit.state !== 'CLOSED' || counted.failures < threshold || !isWorkers) return counted
  return opened(counted, next(table, 'CLOSED', 'trip'), failure)
}

/** F2 */
function opened(circuit: Circuit, state: CircuitState, { at, random }: Failure): Circuit {
  const openings = circuit.openings + 1
  return { ...circuit, state, openings, openUntil: at + backoffMs(openings, openFor, () => random) }
}
