/** How soon a peer is dialled again, as whoever dials sees it: nobody hammers a peer, and nobody is late when it is back. */

/** Time between two dials to a peer that is missing. */
export const dialPaceMs = 250
/** The longest pace, for peers that have been missing for minutes. */
export const slowestDialPaceMs = 2_000
/** So many dials go at the full pace (half a minute), then each waits a twentieth longer than the one before. */
const eagerDials = 120
const slowing = 1.05
/** Longer than it takes until a link on which nothing at all is heard ends by itself. */
export const slowestDoubtPaceMs = 15_000
/** A link that wasn't doubted for so long is a good one. */
export const calmMs = 30_000

/** The time between two dials to a peer after so many that failed. */
export function paceAfter(failures: number): number {
  const slowed = dialPaceMs * slowing ** Math.max(0, failures - eagerDials)
  return Math.min(slowestDialPaceMs, slowed)
}

/** The time between two dials to a peer whose link was doubted so often: another link to it isn't faster. */
export function paceOfDoubts(doubts: number): number {
  return Math.min(slowestDoubtPaceMs, dialPaceMs * 2 ** Math.max(0, doubts - 1))
}
