import { parseOrkStatusLine, statusBeatMs } from '../../../runtime/src/contract/index.ts'
import { type Backoff, createBackoff } from '../engine/backoff.ts'
import type { Clock } from '../engine/clock.ts'
import type { Log } from '../engine/log.ts'
import type { Random } from '../engine/random.ts'
import { startWatchdog, type Watchdog } from '../engine/watchdog.ts'
import { isApiError } from '../kube/errors.ts'
import { readLines } from '../kube/read-lines.ts'
import type { OrkReach, SiteName } from './ork-reach.ts'
import { applyLine, type OrkChange, type OrkView } from './ork-view.ts'

export interface OrkLinkOptions {
  readonly site: SiteName
  readonly reach: OrkReach
  /** The admin token as of now; null while there is none. */
  readonly token: () => string | null
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** `view` has another answer. `workerId`: about this worker alone; null: about the whole site. */
  readonly onChange: (workerId: string | null) => void
}

/** A standing connection to one ORK. */
export interface OrkLink {
  /** What ORK says; null before it said anything, and when nothing was heard for 15 s. */
  view(): OrkView | null
  /** Why nothing is heard, as far as is known: the last thing that went wrong since ORK was heard; null if nothing did. */
  problem(): string | null
  /** The pod that serves ORK as far as is known; null for none. A new one is dialled at once, unless ORK is heard. */
  servedBy(podUid: string | null): void
  /** Idempotent. */
  close(): Promise<void>
}

/** A stream that misses three beats is lost, and what it said is no longer to be relied on. */
const silentAfterMs = 3 * statusBeatMs

/** A stream that breaks sooner is no success: dialling at once again would break it for ever, many times a second. */
const soundAfterMs = 10_000

/** Reads the status stream of a site's ORK for ever, dialling again after 0.2 s doubling to 5 s. */
export function startOrkLink(options: OrkLinkOptions): OrkLink {
  const closing = new AbortController()
  const following = new Following(options, closing.signal)
  const ended = following.run()
  return {
    view: () => following.view,
    problem: () => following.problem,
    servedBy: (podUid) => following.servedBy(podUid),
    close: () => {
      closing.abort(new Error('the link is closed'))
      return ended
    },
  }
}

class Following {
  view: OrkView | null = null
  problem: string | null = null
  readonly #options: OrkLinkOptions
  readonly #closing: AbortSignal
  readonly #backoff: Backoff
  #toldOfRight = false
  #podUid: string | null = null
  /** Ends the pause between two connections, or a connection on which nothing has been heard yet; null while ORK is heard. */
  #idling: AbortController | null = null
  /** Runs while there is a view, over all connections. */
  #silence: Watchdog | null = null

  constructor(options: OrkLinkOptions, closing: AbortSignal) {
    this.#options = options
    this.#closing = closing
    this.#backoff = createBackoff({ firstMs: 200, limitMs: 5_000, random: options.random })
  }

  async run(): Promise<void> {
    const { clock } = this.#options
    while (!this.#isClosed()) {
      try {
        await this.#connect()
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error)
        if (!this.#isClosed()) this.#logFailure(error)
      }
      const pause = new AbortController()
      this.#idling = pause
      await clock.sleep(this.#backoff.nextMs(), AbortSignal.any([this.#closing, pause.signal]))
    }
    this.#silence?.close()
  }

  servedBy(podUid: string | null): void {
    const isNew = podUid !== null && podUid !== this.#podUid
    this.#podUid = podUid
    if (!isNew) return
    this.#backoff.reset()
    this.#idling?.abort(new Error('ORK has another pod now'))
  }

  /** An ORK that is away is told by status; a way to it that isn't allowed is told here, once. */
  #logFailure(error: unknown): void {
    const { log, site } = this.#options
    const fields = { site: `${site.namespace}/${site.name}`, err: error }
    const isMissingRight = isApiError(error, 'denied') && error.missingRight !== null
    if (!isMissingRight || this.#toldOfRight) log.debug(fields, 'no stream from ork')
    else log.warn(fields, "the status of ork can't be asked for")
    this.#toldOfRight ||= isMissingRight
  }

  /** One connection, until it ends or breaks. */
  async #connect(): Promise<void> {
    const { clock, reach, site, token } = this.#options
    const secret = token()
    if (secret === null) {
      this.problem = 'the site has no status token that can be used yet'
      return
    }
    const connection = new AbortController()
    const end = () => connection.abort(this.#closing.reason)
    this.#closing.addEventListener('abort', end, { once: true })
    const silence = startWatchdog(clock, silentAfterMs, () => connection.abort(new Error('nothing was heard')))
    this.#idling = connection
    const startedAt = clock.monotonic()
    try {
      let view: OrkView | null = null
      for await (const line of readLines(await reach.open(site, secret, connection.signal))) {
        if (this.#isClosed()) return
        this.#idling = null
        silence.feed()
        if (clock.monotonic() - startedAt >= soundAfterMs) this.#backoff.reset()
        view = this.#take(view, line)
      }
    } finally {
      silence.close()
      this.#closing.removeEventListener('abort', end)
      connection.abort()
    }
  }

  #take(before: OrkView | null, line: string): OrkView {
    const parsed = parseOrkStatusLine(line)
    if (parsed.kind !== 'ok') throw new Error(parsed.message)
    const applied = applyLine(before, parsed.value)
    if (applied.kind === 'broken') throw new Error(applied.message)
    this.view = applied.view
    this.problem = null
    this.#noteHeard()
    this.#tell(applied.change)
    return applied.view
  }

  #noteHeard(): void {
    this.#silence?.feed()
    const { clock, log, site } = this.#options
    this.#silence ??= startWatchdog(clock, silentAfterMs, () => {
      this.#silence = null
      this.view = null
      log.warn({ site: `${site.namespace}/${site.name}`, problem: this.problem }, 'ork is heard no more')
      this.#options.onChange(null)
    })
  }

  #tell(change: OrkChange): void {
    switch (change.kind) {
      case 'nothing':
        break
      case 'worker':
        this.#options.onChange(change.workerId)
        break
      case 'site':
        this.#options.onChange(null)
    }
  }

  #isClosed(): boolean {
    return this.#closing.aborted
  }
}
