/**
 * One link to one peer, kept open.
 *
 * K1  At most one link is in use: a new one replaces the old one, which stays for a while, as what was asked on it may still be
 *     answered there.
 * K2  The peer is probed: a stream alone notices only after 6.5 s that its other end is gone. A probe that isn't answered soon has
 *     the link doubted, and the peer dialled beside it; the second in a row that isn't answered at all ends the link.
 * K3  While there is no link, or a doubted one, dials follow each other at a pace and overlap (`paced-dials.ts`), ever slower for a
 *     peer that doesn't come. The first that is answered ends the others, and so does a sign of life on the doubted link.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../machine/clock.ts'
import { paceAfter, paceOfDoubts } from '../machine/dial-pace.ts'
import type { Random } from '../machine/random.ts'
import { type Dialler, type Link, LinkError, type Peer } from '../net/link.ts'
import { PacedDials } from './paced-dials.ts'

export interface KeptLink {
  /** The link in use; null while there is none. */
  current(): Link | null
  /** Why there is no link; null while there is one, and before the first dial has ended. */
  problem(): LinkError | null
  /** Resolves with a link as soon as there is one (that isn't doubted, if it must be sure), or with null when the time is over. */
  wait(timeoutMs: number, options?: { readonly sure: boolean }): Promise<Link | null>
  /** Calls once when another link is in use instead of this one. Returns what takes that back. */
  onReplaced(link: Link, task: () => void): () => void
  /** Dials another peer from now on; null ends the link and dials nobody. The same peer changes nothing. */
  setPeer(peer: Peer | null): void
  close(): void
}

export interface KeptLinkOptions {
  readonly dialler: Dialler
  readonly clock: Clock
  /** Keeps those apart that lost the same peer at the same moment. */
  readonly random: Random
  /** Asks the peer for a sign of life; rejects if none comes in time. */
  readonly probe: (link: Link) => Promise<void>
  readonly timing?: Partial<KeptLinkTiming>
  /** Calls when there is a link where there was none, or the other way round. */
  readonly onChange?: (link: Link | null) => void
}

export interface KeptLinkTiming {
  /** Time between two probes. */
  readonly probeMs: number
  /** Time after which a probe without an answer has the link doubted. */
  readonly doubtMs: number
  readonly dialTimeoutMs: number
  /** Time that a link stays after it was replaced. */
  readonly lingerMs: number
  /** Time between two dials after so many that failed, and so many links in a row that were of no use. */
  readonly paceMs: (failures: number, useless: number) => number
}

const usual: KeptLinkTiming = {
  probeMs: 1_000,
  doubtMs: 500,
  dialTimeoutMs: 5_000,
  lingerMs: 8_000,
  paceMs: (failures, useless) => Math.max(paceAfter(failures), paceOfDoubts(useless)),
}
/** Links that may linger. */
const maxLingering = 4

/** Starts without a peer. */
export function keepLink(options: KeptLinkOptions): KeptLink {
  return new LinkKeeper(options)
}

class LinkKeeper implements KeptLink {
  readonly #options: KeptLinkOptions
  readonly #timing: KeptLinkTiming
  readonly #waiting = new Set<(link: Link | null) => void>()
  /** What is to be done when the link in use is replaced. */
  readonly #onReplaced = new Set<() => void>()
  /** Links that were replaced, oldest first, with what cancels their end. */
  readonly #lingering = new Map<Link, () => void>()
  #peer: Peer | null = null
  #dials: PacedDials | null = null
  #link: Link | null = null
  /** Of the link in use, which is new until its first sign of life. */
  #standing: 'new' | 'sure' | 'doubted' = 'new'
  #problem: LinkError | null = null
  /** Dials that failed since the last sign of life. */
  #failures = 0
  /** Links in a row that were doubted, or ended without a sign of life. */
  #useless = 0
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

  wait(timeoutMs: number, { sure } = { sure: false }): Promise<Link | null> {
    const link = sure && this.#standing === 'doubted' ? null : this.current()
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

  onReplaced(link: Link, task: () => void): () => void {
    if (link === this.#link) this.#onReplaced.add(task)
    return () => void this.#onReplaced.delete(task)
  }

  setPeer(peer: Peer | null): void {
    if (isDeepStrictEqual(peer, this.#peer)) return
    this.#peer = peer
    this.#dials?.stop()
    this.#failures = 0
    this.#useless = 0
    this.#drop(null)
    for (const link of this.#lingering.keys()) this.#end(link)
    this.#dials = peer === null ? null : this.#newDials(peer)
    this.#dials?.start()
    if (peer === null) this.#wake(null)
  }

  close(): void {
    this.setPeer(null)
  }

  #newDials(peer: Peer): PacedDials {
    const { dialler, clock, random } = this.#options
    const { dialTimeoutMs, paceMs } = this.#timing
    return new PacedDials({
      dialler,
      clock,
      peer,
      timeoutMs: dialTimeoutMs,
      paceMs: () => paceMs(this.#failures, this.#useless) * (1 + random() / 2),
      onLink: (link) => this.#use(link),
      onFail: (error) => this.#onFailed(error),
    })
  }

  #onFailed(error: LinkError): void {
    this.#failures += 1
    if (this.#link === null) this.#problem = error
  }

  #use(link: Link): void {
    const old = this.#link
    this.#dials?.stop()
    this.#link = link
    this.#standing = 'new'
    this.#problem = null
    this.#cancelProbe()
    void link.ended.then((reason) => {
      if (this.#link === link) this.#lose(reason)
    })
    void this.#probe(link, 0)
    this.#wake(link)
    if (old === null) this.#options.onChange?.(link)
    else this.#replace(old)
  }

  async #probe(link: Link, missed: number): Promise<void> {
    const { clock, probe } = this.#options
    const { doubtMs, probeMs } = this.#timing
    this.#cancelProbe = clock.after(doubtMs, () => this.#doubt())
    const alive = await probe(link).then(
      () => true,
      () => false,
    )
    if (this.#link !== link) return
    this.#cancelProbe()
    if (alive) this.#onSignOfLife(link)
    else if (missed === 0) this.#doubt()
    else {
      this.#lose(new LinkError('timeout', 'the peer gives no sign of life'))
      return
    }
    this.#cancelProbe = clock.after(probeMs, () => void this.#probe(link, alive ? 0 : missed + 1))
  }

  /** K2 */
  #doubt(): void {
    if (this.#standing === 'doubted') return
    this.#standing = 'doubted'
    this.#useless += 1
    this.#dials?.start()
  }

  #onSignOfLife(link: Link): void {
    // An answer that comes late says that the peer is slow, and another link to it isn't faster.
    if (this.#standing !== 'doubted') this.#useless = 0
    this.#standing = 'sure'
    this.#failures = 0
    this.#dials?.stop()
    this.#wake(link)
  }

  #lose(reason: LinkError): void {
    if (this.#standing === 'new') this.#useless += 1
    this.#drop(reason)
    this.#dials?.start()
  }

  #drop(reason: LinkError | null): void {
    const link = this.#link
    this.#link = null
    this.#problem = reason
    this.#cancelProbe()
    link?.close()
    if (link !== null) this.#options.onChange?.(null)
  }

  /** K1 */
  #replace(link: Link): void {
    this.#lingering.set(
      link,
      this.#options.clock.after(this.#timing.lingerMs, () => this.#end(link)),
    )
    void link.ended.then(() => this.#end(link))
    const [oldest] = this.#lingering.keys()
    if (oldest !== undefined && this.#lingering.size > maxLingering) this.#end(oldest)
    for (const task of [...this.#onReplaced]) task()
    this.#onReplaced.clear()
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
