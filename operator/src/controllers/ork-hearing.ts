import type { MdkSite } from '../api/v1alpha1/index.ts'
import type { Clock } from '../engine/clock.ts'
import { type OrkKnowledge, type OrkView, orkPatienceMs } from './ork-knowledge.ts'

/** What is known of each site's ORK, and when that changes by itself. */
export interface OrkHearing {
  know(site: string): Heard
  /** A site that is made anew is awaited anew. */
  forget(site: string): void
}

export interface Heard {
  readonly knowledge: OrkKnowledge
  /** When time alone will make it another; null for never. */
  readonly againMs: number | null
}

const heardNothing: Heard = { knowledge: { kind: 'absent' }, againMs: null }

/** What is known of the ORK of a site that may not be there, or that is on its way out. */
export function hearOf(hearing: OrkHearing, key: string, site: MdkSite | null): Heard {
  return site === null || site.metadata.deletionTimestamp !== undefined ? heardNothing : hearing.know(key)
}

/** The links to ORKs, as far as they are listened to here. */
interface HeardLinks {
  /** What a site's ORK says; null if it was never heard, or not for `orkPatienceMs`. */
  view(site: string): OrkView | null
  /** Why it isn't heard, as far as is known. */
  problem(site: string): string | null
}

/**
 * Tells the silence of an ORK that isn't heard any more from that of one that hasn't been heard yet: after a start of the
 * operator nothing is concluded from silence for `orkPatienceMs`.
 */
export function createOrkHearing(links: HeardLinks, clock: Clock): OrkHearing {
  const awaitedSince = new Map<string, number>()
  const heard = new Set<string>()
  return {
    know(site) {
      const found = links.view(site)
      if (found !== null) {
        heard.add(site)
        return { knowledge: { kind: 'heard', view: found }, againMs: null }
      }
      const since = awaitedSince.get(site) ?? clock.monotonic()
      awaitedSince.set(site, since)
      const leftMs = since + orkPatienceMs - clock.monotonic()
      if (heard.has(site) || leftMs <= 0)
        return { knowledge: { kind: 'silent', problem: links.problem(site) }, againMs: null }
      return { knowledge: { kind: 'awaited' }, againMs: leftMs }
    },
    forget(site) {
      awaitedSince.delete(site)
      heard.delete(site)
    },
  }
}
