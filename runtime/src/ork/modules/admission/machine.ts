/**
 * One process that isn't a worker of the site, on its way to become one. Who is admitted is a newcomer no more.
 *
 * A1  A newcomer changes nothing of the site until it is admitted.
 * A2  Whoever is set aside is looked at again, ever later: the name that it claims may be free then.
 */
import { next, type Table } from '../../../machine/table.ts'
import type { Peer } from '../../../net/link.ts'

export type NewcomerState = 'WAITING' | 'DIALLED' | 'ASIDE'

export type NewcomerEvent =
  /** There is room to dial it. */
  | { readonly on: 'dial' }
  /** It didn't answer, or may not have the name that it claims. */
  | { readonly on: 'refuse'; readonly refusal: Refusal }
  /** It has waited long enough, or is heard of anew. */
  | { readonly on: 'again' }

/** Why a newcomer isn't admitted. */
export interface Refusal {
  /** A sentence without its subject. */
  readonly reason: string
  /** The name that it claims and another process has; null if that isn't the reason. */
  readonly claimed: string | null
}

export const table = {
  WAITING: { dial: 'DIALLED' },
  DIALLED: { refuse: 'ASIDE' },
  ASIDE: { again: 'WAITING' },
} as const satisfies Table<NewcomerState, NewcomerEvent['on']>

export interface Newcomer {
  readonly peer: Peer
  readonly state: NewcomerState
  /** How often it was set aside. */
  readonly refusals: number
  /** Why it was last set aside; null for one that is new. */
  readonly refusal: Refusal | null
}

export function newNewcomer(peer: Peer): Newcomer {
  return { peer, state: 'WAITING', refusals: 0, refusal: null }
}

/** The newcomer after the event. Throws IllegalTransition. */
export function apply(newcomer: Newcomer, event: NewcomerEvent): Newcomer {
  const state = next(table, newcomer.state, event.on)
  if (event.on !== 'refuse') return { ...newcomer, state }
  return { ...newcomer, state, refusals: newcomer.refusals + 1, refusal: event.refusal }
}
