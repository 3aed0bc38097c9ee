/**
 * What to make of those who announce the topic. Pure. A topic lookup gives topic keys; which process is behind one only it
 * can tell (the hand-off), and it is asked once: the answer is remembered.
 *
 * A lookup returns at most 20 random announcers of each DHT node, and anybody may announce. So whoever is remembered isn't gone
 * because one lookup lacks it, and what is remembered is bounded.
 */
import type { Random } from '../../../machine/random.ts'

/** What is known of a topic key. */
export interface Announcer {
  readonly topicKey: string
  /** The key at which the process listens; null until it has told. */
  readonly rpcKey: string | null
  readonly failures: number
  /** When it may be asked again; it isn't asked while that is ahead. */
  readonly askAfter: number
  readonly lastSeenAt: number
}

/** Everyone who announced lately, by topic key, whoever was seen last at the end. */
export type Announcers = ReadonlyMap<string, Announcer>

/** The time to the next lookup: several a second while anyone is missing, else now and then, each site in its own rhythm. */
export function lookupDelayMs(anyoneMissing: boolean, random: Random): number {
  return anyoneMissing ? 300 : 10_000 + random() * 5_000
}

/** Announcers that are remembered: far more than a site has workers, little enough for a flood. */
export const maxAnnouncers = 4_096
/** Strangers that are shown. */
export const maxStrangers = 100
/** A stranger that isn't seen for so long is gone. DHT nodes keep a record for up to 20 minutes. */
const rememberMs = 10 * 60_000
const askAgainMs = 1_000
const slowestAskMs = 60_000

/** Notes who was seen, and forgets who wasn't for long, or who is too many. */
export function noteSeen(announcers: Announcers, topicKeys: readonly string[], now: number): Announcers {
  const noted = new Map(announcers)
  for (const topicKey of topicKeys) {
    const before = noted.get(topicKey) ?? { topicKey, rpcKey: null, failures: 0, askAfter: 0, lastSeenAt: now }
    noted.delete(topicKey)
    noted.set(topicKey, { ...before, lastSeenAt: now })
  }
  for (const { topicKey, lastSeenAt } of noted.values()) {
    if (noted.size <= maxAnnouncers && now - lastSeenAt < rememberMs) break
    noted.delete(topicKey)
  }
  return noted
}

/** Whom of those that were seen to ask which process they are. */
export function decideHandOffs(announcers: Announcers, topicKeys: readonly string[], now: number): readonly string[] {
  return topicKeys.filter((topicKey) => {
    const known = announcers.get(topicKey)
    return known !== undefined && known.rpcKey === null && known.askAfter <= now
  })
}

/** What hand-offs came to: the key of the process by topic key, or null if there was no answer. */
export type HandOffs = ReadonlyMap<string, string | null>

/** Notes what hand-offs came to. */
export function noteHandOffs(announcers: Announcers, handOffs: HandOffs, now: number): Announcers {
  const noted = new Map(announcers)
  for (const [topicKey, rpcKey] of handOffs) {
    const before = noted.get(topicKey)
    if (before === undefined) continue
    const failures = rpcKey === null ? before.failures + 1 : 0
    const waitMs = Math.min(slowestAskMs, askAgainMs * 2 ** Math.max(0, failures - 1))
    noted.set(topicKey, { ...before, rpcKey, failures, askAfter: now + waitMs })
  }
  return noted
}

/** Keys of processes that announce and that `isMember` doesn't know, sorted. */
export function strangersAmong(announcers: Announcers, isMember: (publicKey: string) => boolean): readonly string[] {
  const keys = new Set<string>()
  for (const { rpcKey } of announcers.values()) if (rpcKey !== null && !isMember(rpcKey)) keys.add(rpcKey)
  return [...keys].sort().slice(0, maxStrangers)
}
