/**
 * One worker's registration (protocol 0.3: DISCOVERED → IDENTITY_SAVED → READY → TERMINATED).
 *
 * R1  A worker is READY only with the identity and the contract of the key that it is registered under: another key leads
 *     back to DISCOVERED.
 * R2  What a worker claims is kept as it said it; which of its devices it gets is the device index's affair.
 */
import type { registrationStates } from '../../../contract/status.ts'
import { next, type Table } from '../../../machine/table.ts'
import type { PeerAddress } from '../../../net/link.ts'
import type { WorkerContract } from '../../../protocol/worker-contract.ts'

export type RegistrationState = (typeof registrationStates)[number]

export type RegistrationEvent =
  /** Its roster entry has another address. */
  | { readonly on: 'move'; readonly address: PeerAddress }
  /** Its roster entry has another key. */
  | { readonly on: 'rekey'; readonly publicKey: string; readonly address: PeerAddress }
  /** It said who it is and what devices it has. */
  | { readonly on: 'identify'; readonly said: Said; readonly at: number }
  /** It said what its devices can do. */
  | { readonly on: 'contract'; readonly contract: WorkerContract }
  /** It is no member of the site any more. */
  | { readonly on: 'terminate' }

export const table = {
  DISCOVERED: { move: 'DISCOVERED', rekey: 'DISCOVERED', identify: 'IDENTITY_SAVED', terminate: 'TERMINATED' },
  IDENTITY_SAVED: {
    move: 'IDENTITY_SAVED',
    rekey: 'DISCOVERED',
    identify: 'IDENTITY_SAVED',
    contract: 'READY',
    terminate: 'TERMINATED',
  },
  READY: { move: 'READY', rekey: 'DISCOVERED', identify: 'READY', contract: 'READY', terminate: 'TERMINATED' },
  TERMINATED: {},
} as const satisfies Table<RegistrationState, RegistrationEvent['on']>

/** What a worker said of itself, besides its name. */
export interface Said {
  /** Device ids, each once, sorted. */
  readonly claims: readonly string[]
  readonly driver: string | null
  readonly model: string | null
  /** From the pong that came before the identity; null from a worker that sends none. */
  readonly revision: string | null
  /** Names its memory of the commands it ran. */
  readonly instanceId: string | null
  /** Names the process that said this. */
  readonly processId: string | null
  /** What is wrong with it by its own word, a sentence without its subject. */
  readonly trouble: string | null
}

/** A worker of the site. */
export interface Worker extends Said {
  readonly workerId: string
  readonly state: RegistrationState
  readonly publicKey: string
  /** Null for a worker that is found by its key alone. */
  readonly address: PeerAddress | null
  readonly contract: WorkerContract | null
  /** Milliseconds since the epoch; null until it has identified itself for the first time. */
  readonly registeredAt: number | null
}

/** What a process says of itself, before it has said it. */
export const unsaid = { revision: null, instanceId: null, processId: null, trouble: null } as const

/** A member of the site that hasn't been heard of. */
export function newWorker(workerId: string, publicKey: string, address: PeerAddress | null): Worker {
  return {
    workerId,
    state: 'DISCOVERED',
    publicKey,
    address,
    claims: [],
    driver: null,
    model: null,
    contract: null,
    registeredAt: null,
    ...unsaid,
  }
}

/** The worker after the event. Throws IllegalTransition. */
export function apply(worker: Worker, event: RegistrationEvent): Worker {
  const state = next(table, worker.state, event.on)
  switch (event.on) {
    case 'move':
      return { ...worker, state, address: event.address }
    case 'rekey':
      return { ...worker, ...unsaid, state, publicKey: event.publicKey, address: event.address }
    case 'identify':
      return { ...worker, ...event.said, state, registeredAt: worker.registeredAt ?? event.at }
    case 'contract':
      return { ...worker, state, contract: event.contract }
    case 'terminate':
      return { ...worker, state }
  }
}
