import type { Clock } from '../../../machine/clock.ts'
import { calmMs } from '../../../machine/dial-pace.ts'
import { type Dialler, type Link, LinkError, type Peer } from '../../../net/link.ts'
import type { Job, Next, Scheduler } from '../../ports/scheduler.ts'
import { type DialState, decideDials, dialPatience } from './dial-plan.ts'

export interface DialLoopPorts {
  readonly dialler: Dialler
  readonly clock: Pick<Clock, 'monotonic'>
  readonly scheduler: Scheduler
  /** Whether there is an open link to the peer. */
  readonly isLinked: (publicKey: string) => boolean
  readonly onLink: (link: Link) => void
  /** The first failure in a row, or the first of another kind. */
  readonly onFailureChange: (publicKey: string) => void
  readonly onDial: (result: 'linked' | 'failed') => void
}

interface PeerDials {
  peer: Peer
  /** Its link is there but silent. */
  doubted: boolean
  /** How often in a row, and when last. */
  doubts: number
  doubtedAt: number
  failures: number
  lastStartedAt: number | null
  failure: LinkError | null
  /** What gives each dial up, and when it began. */
  readonly underWay: Map<AbortController, number>
}

/** Time between two plans at least, while nobody waits for long. */
const planEveryMs = 10
/** The only key of the job. */
const all = 'all'

/** Dials the peers that are missing, as `dial-plan.ts` decides, and never stops trying. */
export class DialLoop {
  readonly #ports: DialLoopPorts
  readonly #peers = new Map<string, PeerDials>()
  readonly #plans: Job
  #plannedAt = Number.NEGATIVE_INFINITY

  constructor(ports: DialLoopPorts) {
    this.#ports = ports
    this.#plans = ports.scheduler.addJob({ name: 'dial-plan', limit: 1, run: () => this.#plan() })
  }

  /** Replaces the peers. Dials to those that are gone are given up. */
  setPeers(peers: readonly Peer[]): void {
    const next = new Map(peers.map((peer) => [peer.publicKey, peer]))
    for (const publicKey of this.#peers.keys()) if (!next.has(publicKey)) this.removePeer(publicKey)
    for (const peer of next.values()) this.#put(peer)
    this.#planSoon()
  }

  /** One more peer, or the one that is known, at another address. */
  addPeer(peer: Peer): void {
    this.#put(peer)
    this.#planSoon()
  }

  /** Dials to the peer are given up. */
  removePeer(publicKey: string): void {
    const known = this.#peers.get(publicKey)
    this.#peers.delete(publicKey)
    if (known !== undefined) giveUp(known)
  }

  has(publicKey: string): boolean {
    return this.#peers.has(publicKey)
  }

  /** Dials the peer at once if it is missing: something says that it is there. */
  wake(publicKey: string): void {
    const dials = this.#peers.get(publicKey)
    if (dials === undefined) return
    dials.lastStartedAt = null
    this.#planSoon()
  }

  /** A link has ended. Its peer is dialled at once, unless the last dial was just now: a peer may end each link at once. */
  onLost(): void {
    this.#planSoon()
  }

  /** The peer's link didn't answer: dials beside it until it does, or until there is a new one. */
  doubt(publicKey: string): void {
    const dials = this.#peers.get(publicKey)
    if (dials === undefined || dials.doubted) return
    const now = this.#ports.clock.monotonic()
    const isCalm = now - dials.doubtedAt >= calmMs
    Object.assign(dials, { doubted: true, doubtedAt: now, doubts: isCalm ? 1 : dials.doubts + 1 })
    if (isCalm) this.wake(publicKey)
    else this.#planSoon()
  }

  /** The peer's link answers. */
  trust(publicKey: string): void {
    const dials = this.#peers.get(publicKey)
    if (dials?.doubted !== true) return
    dials.doubted = false
    if (this.#ports.isLinked(publicKey)) giveUp(dials)
  }

  /** The silence was that of a process that has ended. The one that answers now has not been doubted yet. */
  forgive(publicKey: string): void {
    const dials = this.#peers.get(publicKey)
    if (dials !== undefined) dials.doubtedAt = Number.NEGATIVE_INFINITY
  }

  /** Why the last dial failed; null while there is a link, and before the first dial has ended. */
  failureOf(publicKey: string): LinkError | null {
    return this.#peers.get(publicKey)?.failure ?? null
  }

  /** Peers without a link. */
  get missing(): number {
    return [...this.#peers.keys()].filter((publicKey) => !this.#ports.isLinked(publicKey)).length
  }

  close(): void {
    this.#plans.close()
    for (const dials of this.#peers.values()) giveUp(dials)
  }

  #put(peer: Peer): void {
    const known = this.#peers.get(peer.publicKey)
    if (known === undefined) this.#peers.set(peer.publicKey, newDials(peer))
    else if (hasMoved(known.peer, peer)) Object.assign(known, { peer, lastStartedAt: null })
  }

  /** Plans now, or together with what else happens in the next moment: in a large site much happens at once. */
  #planSoon(): void {
    const { clock } = this.#ports
    const sinceMs = clock.monotonic() - this.#plannedAt
    if (sinceMs >= planEveryMs) this.#plans.wake(all)
    else this.#plans.wakeAfter(all, planEveryMs)
  }

  #plan(): Promise<Next> {
    const now = this.#ports.clock.monotonic()
    this.#plannedAt = now
    const { start, againInMs } = decideDials(this.#concerned(now), now)
    for (const publicKey of start) {
      const dials = this.#peers.get(publicKey)
      if (dials !== undefined) void this.#dial(dials)
    }
    return Promise.resolve(againInMs === null ? 'rest' : { afterMs: againInMs })
  }

  /** The peers that a plan is about: in a large site nearly all are linked, and a plan is made a hundred times a second. */
  #concerned(now: number): readonly DialState[] {
    const states: DialState[] = []
    for (const [publicKey, dials] of this.#peers) {
      const isLinked = this.#ports.isLinked(publicKey)
      const wanted = dials.doubted || !isLinked
      if (!wanted && dials.underWay.size === 0) continue
      const { underWay, failures, lastStartedAt } = dials
      const doubts = isLinked ? dials.doubts : 0
      const { youngMs } = dialPatience(failures)
      const young = [...underWay.values()].filter((startedAt) => now - startedAt < youngMs).length
      states.push({ publicKey, wanted, underWay: underWay.size, young, failures, doubts, lastStartedAt })
    }
    return states
  }

  async #dial(dials: PeerDials): Promise<void> {
    const { dialler, clock, onLink, onDial } = this.#ports
    const attempt = new AbortController()
    const { timeoutMs } = dialPatience(dials.failures)
    dials.lastStartedAt = clock.monotonic()
    dials.underWay.set(attempt, dials.lastStartedAt)
    try {
      const link = await dialler.dial(dials.peer, { timeoutMs, signal: attempt.signal })
      dials.underWay.delete(attempt)
      if (attempt.signal.aborted) {
        link.close()
        return
      }
      Object.assign(dials, { doubted: false, failures: 0, failure: null })
      giveUp(dials)
      onDial('linked')
      onLink(link)
    } catch (error) {
      dials.underWay.delete(attempt)
      if (!(error instanceof LinkError)) throw error
      if (!attempt.signal.aborted) this.#onFailed(dials, error)
    }
    this.#planSoon()
  }

  #onFailed(dials: PeerDials, failure: LinkError): void {
    const { onDial, onFailureChange } = this.#ports
    const isNews = dials.failure?.failure !== failure.failure
    dials.failures += 1
    dials.failure = failure
    onDial('failed')
    if (isNews) onFailureChange(dials.peer.publicKey)
  }
}

function newDials(peer: Peer): PeerDials {
  return {
    peer,
    doubted: false,
    doubts: 0,
    doubtedAt: Number.NEGATIVE_INFINITY,
    failures: 0,
    lastStartedAt: null,
    failure: null,
    underWay: new Map(),
  }
}

function giveUp(dials: PeerDials): void {
  for (const attempt of dials.underWay.keys()) attempt.abort('given up')
}

function hasMoved(a: Peer, b: Peer): boolean {
  return a.address?.host !== b.address?.host || a.address?.port !== b.address?.port
}
