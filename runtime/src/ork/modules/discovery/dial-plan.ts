/**
 * Whom to dial when. Pure: what is known of each peer and a time in, whom to dial and when to look again out.
 *
 * D1  A peer that is missing is dialled until it is there, however long that takes.
 * D2  Dials that may be answered at any moment are bounded (`youngDials`), and so are all of them (`dialsInFlight`). Whoever
 *     waited longest comes first.
 * D3  While few are missing, dials to one peer overlap: a dial that was sent just before the peer came up costs no more than
 *     the pace.
 * D4  A peer whose link is there but slow gets ever fewer new ones: another link to it isn't faster.
 */
import { dialPaceMs, paceAfter, paceOfDoubts } from '../../../machine/dial-pace.ts'

/** What the plan must know of a peer. */
export interface DialState {
  readonly publicKey: string
  /** Whether a link is wanted: there is none, or the one that is there didn't answer a ping. */
  readonly wanted: boolean
  /** Dials under way. */
  readonly underWay: number
  /** Those of them that may be answered at any moment (`dialPatience`). */
  readonly young: number
  /** Dials that failed since the last link. */
  readonly failures: number
  /** How often in a row its link was doubted; 0 while there is none. */
  readonly doubts: number
  /** When the last dial began, in milliseconds; null to dial at once. */
  readonly lastStartedAt: number | null
}

export interface DialPlan {
  readonly start: readonly string[]
  /** When to plan again, if nothing happens before; null when nobody is waited for. */
  readonly againInMs: number | null
}

/** Answers to more at once would overflow UDP buffers, and lost packets are sent again a second later. */
export const youngDials = 32
/** Dials that wait for nobody cost little, but not nothing. */
export const dialsInFlight = 256

/** How long a dial may be answered at any moment, and when it is given up. */
export interface DialPatience {
  readonly youngMs: number
  readonly timeoutMs: number
}

/**
 * A dial takes milliseconds when the peer is there. A peer that hasn't failed gets more time, so that a machine that is
 * overloaded, as when a large site starts, isn't given more to do by the same dials over again.
 */
export function dialPatience(failures: number): DialPatience {
  return failures === 0 ? { youngMs: 500, timeoutMs: 2_000 } : { youngMs: 200, timeoutMs: 1_000 }
}

/** When to look again whether dials that might have been answered leave room for others. */
const againMs = 100
/** As many as go out at the full pace until the first is given up: between two dials is never more than the pace. */
const maxOverlap = dialPatience(0).timeoutMs / dialPaceMs

export function decideDials(peers: readonly DialState[], now: number): DialPlan {
  const wanted = peers.filter((peer) => peer.wanted)
  if (wanted.length === 0) return { start: [], againInMs: null }
  const room = roomFor(peers)
  if (room === 0) return { start: [], againInMs: againMs }
  const overlap = Math.min(maxOverlap, Math.max(1, Math.floor(youngDials / wanted.length)))
  const open = wanted
    .filter((peer) => peer.underWay < overlap)
    .map((peer) => ({ publicKey: peer.publicKey, waitMs: waitOf(peer, now) }))
    .sort((a, b) => a.waitMs - b.waitMs)
  const due = open.filter(({ waitMs }) => waitMs <= 0).map(({ publicKey }) => publicKey)
  const start = due.slice(0, room)
  const next = open[due.length]?.waitMs ?? dialPaceMs
  const againInMs = start.length < due.length ? againMs : Math.min(next, dialPaceMs)
  return { start, againInMs: Math.ceil(againInMs) }
}

/** D2 */
function roomFor(peers: readonly DialState[]): number {
  const young = peers.reduce((sum, peer) => sum + peer.young, 0)
  const all = peers.reduce((sum, peer) => sum + peer.underWay, 0)
  return Math.max(0, Math.min(youngDials - young, dialsInFlight - all))
}

/** D4. Negative for a peer that is overdue. */
function waitOf({ lastStartedAt, failures, doubts }: DialState, now: number): number {
  if (lastStartedAt === null) return Number.NEGATIVE_INFINITY
  return lastStartedAt + Math.max(paceAfter(failures), paceOfDoubts(doubts)) - now
}
