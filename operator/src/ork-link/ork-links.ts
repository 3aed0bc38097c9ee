import type { Clock } from '../engine/clock.ts'
import type { Log } from '../engine/log.ts'
import type { Random } from '../engine/random.ts'
import { parseKey } from '../kube/resource.ts'
import { type OrkLink, startOrkLink } from './ork-link.ts'
import type { OrkReach } from './ork-reach.ts'
import type { OrkView } from './ork-view.ts'

export type OrkListener = (site: string, workerId: string | null) => void

/** One link for each site. Sites are named by key, `namespace/name`. */
export interface OrkLinks {
  /** Links to the site's ORK from now on. Does nothing for a site that is followed already. */
  follow(site: string, token: () => string | null): void
  /** The pod that serves the site's ORK as far as is known; null for none. A new one is dialled at once, unless ORK is heard. */
  servedBy(site: string, podUid: string | null): void
  /** The site is gone. */
  forget(site: string): void
  /** What the site's ORK says; null if nothing was heard from it, or not for 15 s. */
  view(site: string): OrkView | null
  /** Why the site's ORK isn't heard, as far as is known. */
  problem(site: string): string | null
  /**
   * Calls back when `view` of a site has another answer, about one worker or (null) about the whole site. Returns what
   * ends it.
   */
  onChange(listener: OrkListener): () => void
  /** Idempotent. */
  close(): Promise<void>
}

export interface OrkLinksOptions {
  readonly reach: OrkReach
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export function createOrkLinks(options: OrkLinksOptions): OrkLinks {
  const links = new Map<string, OrkLink>()
  const listeners = new Set<OrkListener>()
  let closed: Promise<void> | undefined

  async function close(): Promise<void> {
    await Promise.all([...links.values()].map((link) => link.close()))
    await options.reach.close()
  }

  return {
    follow(site, token) {
      if (closed !== undefined || links.has(site)) return
      const onChange = (workerId: string | null) => listeners.forEach((listener) => listener(site, workerId))
      links.set(site, startOrkLink({ ...options, site: parseKey(site), token, onChange }))
    },
    servedBy: (site, podUid) => links.get(site)?.servedBy(podUid),
    forget(site) {
      void links.get(site)?.close()
      links.delete(site)
    },
    view: (site) => links.get(site)?.view() ?? null,
    problem: (site) => links.get(site)?.problem() ?? null,
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: () => (closed ??= close()),
  }
}
