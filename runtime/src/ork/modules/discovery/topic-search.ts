import { forEachBounded } from '../../../machine/bounded-fan-out.ts'
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import type { RequestOptions } from '../../../net/link.ts'
import { LinkError } from '../../../net/link.ts'
import type { Job, Next, Scheduler } from '../../ports/scheduler.ts'
import {
  type Announcers,
  decideHandOffs,
  lookupDelayMs,
  noteHandOffs,
  noteSeen,
  strangersAmong,
} from './search-plan.ts'

/** Finding whoever announces a topic. Both reject with a LinkError. */
export interface TopicFinder {
  lookup(topic: string, options: RequestOptions): Promise<string[]>
  takeHandOff(topicKey: string, options: RequestOptions): Promise<string>
}

export interface TopicSearchPorts {
  readonly finder: TopicFinder
  /** Null while there is no topic to look up. */
  readonly topic: () => string | null
  readonly clock: Pick<Clock, 'monotonic'>
  readonly random: Random
  readonly scheduler: Scheduler
  /** Whether a key is one of the site's. */
  readonly isMember: (publicKey: string) => boolean
  /** Whether more is to be found than has been, so that it is looked up again at once. */
  readonly anyoneMissing: (sawOthers: boolean) => boolean
  /** A process that wasn't there at the lookup before announces itself. */
  readonly onAppeared: (publicKey: string) => void
  /** A process still announces itself. */
  readonly onSeen: (publicKey: string) => void
  readonly onStrangersChange: () => void
}

const lookupTimeoutMs = 5_000
const handOffTimeoutMs = 2_000
const handOffsInFlight = 32
/** The only key of the job. */
const anyTopic = 'topic'

/** Looks the topic up for ever, quickly while anyone is missing, and asks each announcer once which process it is. */
export class TopicSearch {
  readonly #ports: TopicSearchPorts
  readonly #stop = new AbortController()
  readonly #lookups: Job
  #topic: string | null = null
  #announcers: Announcers = new Map()
  #seenLast: ReadonlySet<string> = new Set()
  #strangers: readonly string[] = []
  /** Whether the last lookup brought anybody who wasn't known. */
  #sawOthers = false

  constructor(ports: TopicSearchPorts) {
    this.#ports = ports
    this.#lookups = ports.scheduler.addJob({ name: 'topic-lookup', limit: 1, run: () => this.#search() })
  }

  /** Looks up now instead of later: for the first time, as someone is missing, or as the topic is another one. */
  hurry(): void {
    this.#lookups.wake(anyTopic)
  }

  /** Keys of processes that announce and are none of the site's. */
  get strangers(): readonly string[] {
    return this.#strangers
  }

  /** Who is a member has changed. */
  recheck(): void {
    const found = strangersAmong(this.#announcers, this.#ports.isMember)
    if (found.join() === this.#strangers.join()) return
    this.#strangers = found
    this.#ports.onStrangersChange()
  }

  close(): void {
    this.#lookups.close()
    this.#stop.abort()
  }

  async #search(): Promise<Next> {
    const { random, anyoneMissing } = this.#ports
    await this.#searchOnce().catch(ignoreLinkError)
    return { afterMs: lookupDelayMs(anyoneMissing(this.#sawOthers), random) }
  }

  async #searchOnce(): Promise<void> {
    const { finder, clock } = this.#ports
    const topic = this.#currentTopic()
    if (topic === null) return
    const seen = await finder.lookup(topic, { timeoutMs: lookupTimeoutMs, signal: this.#stop.signal })
    this.#sawOthers = seen.some((topicKey) => !this.#announcers.has(topicKey))
    this.#announcers = noteSeen(this.#announcers, seen, clock.monotonic())
    for (const topicKey of seen) this.#announce(topicKey, this.#seenLast.has(topicKey))
    this.#seenLast = new Set(seen)
    const unknown = decideHandOffs(this.#announcers, seen, clock.monotonic())
    const handOffs = new Map<string, string | null>()
    await forEachBounded(unknown, handOffsInFlight, async (topicKey) => {
      const rpcKey = await this.#takeHandOff(topicKey)
      handOffs.set(topicKey, rpcKey)
      if (rpcKey !== null) this.#ports.onAppeared(rpcKey)
    })
    this.#announcers = noteHandOffs(this.#announcers, handOffs, clock.monotonic())
    this.recheck()
  }

  /** Another topic has other announcers. */
  #currentTopic(): string | null {
    const topic = this.#ports.topic()
    if (topic === this.#topic) return topic
    this.#topic = topic
    this.#announcers = new Map()
    this.#seenLast = new Set()
    this.recheck()
    return topic
  }

  /** Null if there is no answer. */
  async #takeHandOff(topicKey: string): Promise<string | null> {
    const options = { timeoutMs: handOffTimeoutMs, signal: this.#stop.signal }
    return (await this.#ports.finder.takeHandOff(topicKey, options).catch(ignoreLinkError)) ?? null
  }

  #announce(topicKey: string, wasThere: boolean): void {
    const rpcKey = this.#announcers.get(topicKey)?.rpcKey ?? null
    if (rpcKey === null) return
    if (wasThere) this.#ports.onSeen(rpcKey)
    else this.#ports.onAppeared(rpcKey)
  }
}

/** A failed search is answered by the next one. */
function ignoreLinkError(error: unknown): undefined {
  if (!(error instanceof LinkError)) throw error
  return undefined
}
