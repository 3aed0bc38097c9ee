import type { Clock } from '../machine/clock.ts'
import { type Dialler, type Link, LinkError, type Peer } from '../net/link.ts'

export interface PacedDialsPorts {
  readonly dialler: Dialler
  readonly clock: Clock
  readonly peer: Peer
  readonly timeoutMs: number
  /** The time from one dial to the next, as things are now. */
  readonly paceMs: () => number
  readonly onLink: (link: Link) => void
  readonly onFail: (error: LinkError) => void
}

/**
 * Dials one peer, again and again, until it is told to stop. Dials overlap: one that began just before the peer came up waits for
 * the peer that was there before, and costs no more than the pace. There are as many under way as begin in the time of one.
 */
export class PacedDials {
  readonly #ports: PacedDialsPorts
  readonly #underWay = new Set<AbortController>()
  #lastStartedAt = Number.NEGATIVE_INFINITY
  #disarm: (() => void) | null = null

  constructor(ports: PacedDialsPorts) {
    this.#ports = ports
  }

  /** Dials as soon as the pace lets it. When it dials already, it goes on at the pace that is right now. */
  start(): void {
    const { clock, paceMs } = this.#ports
    const sinceMs = clock.monotonic() - this.#lastStartedAt
    this.#dialIn(paceMs() - sinceMs)
  }

  /** Gives up all dials. */
  stop(): void {
    this.#disarm?.()
    this.#disarm = null
    for (const attempt of this.#underWay) attempt.abort()
    this.#underWay.clear()
  }

  #dialIn(delayMs: number): void {
    const { clock, paceMs } = this.#ports
    this.#disarm?.()
    if (delayMs > 0) {
      this.#disarm = clock.after(delayMs, () => this.#dialIn(0))
      return
    }
    this.#lastStartedAt = clock.monotonic()
    this.#disarm = clock.after(paceMs(), () => this.#dialIn(0))
    this.#dial()
  }

  #dial(): void {
    const { dialler, peer, timeoutMs, onLink, onFail } = this.#ports
    const attempt = new AbortController()
    const { signal } = attempt
    this.#underWay.add(attempt)
    dialler.dial(peer, { timeoutMs, signal }).then(
      (link) => {
        this.#underWay.delete(attempt)
        if (signal.aborted) link.close()
        else onLink(link)
      },
      (error: unknown) => {
        this.#underWay.delete(attempt)
        if (!signal.aborted) onFail(asLinkError(error))
      },
    )
  }
}

function asLinkError(error: unknown): LinkError {
  return error instanceof LinkError ? error : new LinkError('unreachable', 'the dial failed', { cause: error })
}
