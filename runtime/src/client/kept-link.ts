/**
 * One link to one peer, kept open.
 *
 * K1  At most one dial is under way, and at most one link in use: a new link replaces the old one, which stays for a while, as
 *     what was asked on it may still be answered there.
 * K2  The peer is probed. One missed probe dials anew beside the old link, the second ends the old link: a stream alone
 *     notices only after 13 s that its other end is gone.
 * K3  A peer that has answered since is dialled again at once; another one after a pause that grows.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Backoff, backoffMs } from '../machine/backoff.ts'
import type { Clock } from '../machine/clock.ts'
import type { Random } from '../machine/random.ts'
import { type Dialler, type Link, LinkError, type Peer } from '../net/link.ts'

export interface KeptLink {
  /** The link in use; null while there is none. */
  current(): Link | null
  /** Why there is no link; null while there is one, and before the first dial has ended. */
  problem(): LinkError | null
  /** Resolves with a link as soon as there is one, or with null when the time is over. */
  wait(timeoutMs: number): Promise<Link | null>
  /** Dials another peer from now on; null ends the link and dials nobody. The same peer changes nothing. */
  setPeer(peer: Peer | null): void
  close(): void
}

export interface KeptLinkOptions {
  readonly dialler: Dialler
  readonly clock: Clock
  readonly random: Random
  /** Asks the peer for a sign of life; rejects if none comes in time. */
  readonly probe: (link: Link) => Promise<void>
  readonly timing?: Partial<KeptLinkTiming>
  /** Calls when there is a link where there was none, or the other way round. */
  readonly onChange?: (link: Link | null) => void
}

export interface KeptLinkTiming {
  readonly probeMs: number
  readonly dialTimeoutMs: number
  /** Time that a link stays after it was replaced. */
  readonly lingerMs: number
  readonly backoff: Backoff
}

const usual: KeptLinkTiming = {
  probeMs: 1_000,
  dialTimeoutMs: 5_000,
  lingerMs: 8_000,
  backoff: { firstMs: 300, limitMs: 2_000 },
}
/** Links that may linger. */
const maxLingering = 2

/** Starts without a peer. */
export function keepLink(options: KeptLinkOptions): KeptLink {
  return new LinkKeeper(options)
}

class LinkKeeper implements KeptLink {
  readonly #options: KeptLinkOptions
  readonly #timing: KeptLinkTiming
  readonly #waiting = new Set<(link: Link | null) => void>()
  #peer: Peer | null = null
  #link: Link | null = null
  /** Links that were replaced, oldest first, with what cancels their end. */
  readonly #lingering = new Map<Link, () => void>()
  #problem: LinkError | null = null
  #dialing: AbortController | null = null
  #failures = 0
  /** Whether the peer has answered since it was last dialled at once. */
  #answered = false
  /** Cancels the dial that is armed; null if none is. */
  #armedDial: (() => void) | null = null
  #cancelProbe = nothing

  constructor(options: KeptLinkOptions) {
    this.#options = options
    this.#timing = { ...usual, ...options.timing }
  }

  current(): Link | null {
    return this.#link?.open === true ? this.#link : null
  }

  problem(): LinkError | null {
    return this.#problem
  }

  wait(timeoutMs: number): Promise<Link | null> {
    const link = this.current()
    if (link !== null || this.#peer === null) return Promise.resolve(link)
    return new Promise((resolve) => {
      const finish = (found: Link | null): void => {
        cancel()
        this.#waiting.delete(finish)
        resolve(found)
      }
      const cancel = this.#options.clock.after(timeoutMs, () => finish(null))
      this.#waiting.add(finish)
    })
  }

  setPeer(peer: Peer | null): void {
    if (samePeer(peer, this.#peer)) return
    this.#peer = peer
    this.#dialing?.abort()
    this.#dialing = null
    this.#disarmDial()
    this.#failures = 0
    this.#answered = false
    this.#drop(null)
    for (const link of this.#lingering.keys()) this.#end(link)
    if (peer === null) this.#wake(null)
    else this.#dial(peer)
  }

  close(): void {
    this.setPeer(null)
  }

  #dial(peer: Peer): void {
    // K1
    if (this.#dialing !== null || !samePeer(peer, this.#peer)) return
    this.#disarmDial()
    const attempt = new AbortController()
    this.#dialing = attempt
    const { dialler } = this.#options
    dialler.dial(peer, { timeoutMs: this.#timing.dialTimeoutMs, signal: attempt.signal }).then(
      (link) => (attempt.signal.aborted ? link.close() : this.#use(peer, link)),
      (error: unknown) => {
        if (attempt.signal.aborted) return
        this.#dialing = null
        this.#fail(peer, asLinkError(error))
      },
    )
  }

  #use(peer: Peer, link: Link): void {
    const old = this.#link
    this.#dialing = null
    this.#link = link
    this.#problem = null
    this.#cancelProbe()
    if (old !== null) this.#endLater(old)
    void link.ended.then((reason) => {
      if (this.#link === link) this.#lose(peer, reason)
    })
    this.#wake(link)
    if (old === null) this.#options.onChange?.(link)
    void this.#probe(peer, link, 0)
  }

  async #probe(peer: Peer, link: Link, missed: number): Promise<void> {
    const silent = new LinkError('timeout', 'the peer gives no sign of life')
    const alive = await this.#options.probe(link).then(
      () => true,
      () => false,
    )
    if (this.#link !== link) return
    if (alive) this.#onSignOfLife()
    else if (missed > 0) {
      this.#lose(peer, silent)
      return
    } else this.#dialAgain(peer, silent) // K2
    const next = (): void => void this.#probe(peer, link, alive ? 0 : missed + 1)
    this.#cancelProbe()
    this.#cancelProbe = this.#options.clock.after(this.#timing.probeMs, next)
  }

  #lose(peer: Peer, reason: LinkError): void {
    this.#drop(reason)
    this.#dialAgain(peer, reason)
  }

  #dialAgain(peer: Peer, reason: LinkError): void {
    if (this.#dialing !== null || this.#armedDial !== null) return
    // K3
    if (!this.#answered) this.#fail(peer, reason)
    else {
      this.#answered = false
      this.#dial(peer)
    }
  }

  #fail(peer: Peer, reason: LinkError): void {
    if (this.#link === null) this.#problem = reason
    this.#failures += 1
    const { clock, random } = this.#options
    this.#disarmDial()
    const delayMs = backoffMs(this.#failures, this.#timing.backoff, random)
    this.#armedDial = clock.after(delayMs, () => this.#dial(peer))
  }

  #onSignOfLife(): void {
    this.#failures = 0
    this.#answered = true
    this.#disarmDial()
  }

  #disarmDial(): void {
    this.#armedDial?.()
    this.#armedDial = null
  }

  #drop(reason: LinkError | null): void {
    const link = this.#link
    this.#link = null
    this.#problem = reason
    this.#cancelProbe()
    link?.close()
    if (link !== null) this.#options.onChange?.(null)
  }

  #endLater(link: Link): void {
    this.#lingering.set(
      link,
      this.#options.clock.after(this.#timing.lingerMs, () => this.#end(link)),
    )
    void link.ended.then(() => this.#end(link))
    const [oldest] = this.#lingering.keys()
    if (oldest !== undefined && this.#lingering.size > maxLingering) this.#end(oldest)
  }

  #end(link: Link): void {
    this.#lingering.get(link)?.()
    this.#lingering.delete(link)
    link.close()
  }

  #wake(link: Link | null): void {
    for (const finish of [...this.#waiting]) finish(link)
  }
}

function nothing(): void {
  // There is nothing to cancel yet.
}

function samePeer(a: Peer | null, b: Peer | null): boolean {
  return isDeepStrictEqual(a, b)
}

function asLinkError(error: unknown): LinkError {
  return error instanceof LinkError ? error : new LinkError('unreachable', 'the dial failed', { cause: error })
}
