// A queue of keys with the rules of client-go's work queue.
// Invariants:
//   Q1 a key waits in one place at most: ready, delayed, or to run again after its running run
//   Q2 a key never runs twice at once: what is added while it runs, runs once more after it
//   Q3 a key that was added is taken after that, unless the queue shuts down
//   Q4 of two deadlines the earlier counts, of two lanes the higher
//   Q5 the low lane can't starve: its head, once old, gets every second turn
import type { Clock } from './clock.ts'

/** Which keys go first: what just changed, before what is listed at the start. */
export type Lane = 'live' | 'resync'

/** The lanes as controller-runtime's priorities. */
export const lanePriority: Readonly<Record<Lane, number>> = { live: 0, resync: -100 }

export interface Taken {
  readonly key: string
  readonly lane: Lane
}

/** Told what happens, for metrics. */
export interface QueueHooks {
  added(): void
  /** A key was taken, so long after it became ready. */
  taken(waitedMs: number): void
  finished(ranMs: number): void
}

export interface WorkQueueOptions {
  readonly clock: Clock
  readonly hooks?: QueueHooks | undefined
}

interface Delayed {
  readonly dueAt: number
  readonly lane: Lane
  readonly cancel: () => void
}

/** Age at which the head of the low lane counts as old. */
const oldAfterMs = 10_000

export class WorkQueue {
  readonly #clock: Clock
  readonly #hooks: QueueHooks | undefined
  // Key → since when. Maps keep the order of insertion: the first entry is the head.
  readonly #ready: Readonly<Record<Lane, Map<string, number>>> = { live: new Map(), resync: new Map() }
  readonly #delayed = new Map<string, Delayed>()
  readonly #running = new Map<string, number>()
  readonly #runAgain = new Map<string, Lane>()
  readonly #takers: ((taken: Taken | null) => void)[] = []
  readonly #drained = Promise.withResolvers<undefined>()
  #shut = false
  #oldHadTurn = false

  constructor({ clock, hooks }: WorkQueueOptions) {
    this.#clock = clock
    this.#hooks = hooks
  }

  /** Makes the key ready at once. */
  add(key: string, lane: Lane = 'live'): void {
    if (this.#shut) return
    const wanted = higher(lane, this.#undelay(key)?.lane)
    if (!this.#isWaiting(key)) this.#hooks?.added()
    if (this.#running.has(key)) this.#runAgain.set(key, higher(wanted, this.#runAgain.get(key)))
    else this.#makeReady(key, wanted)
  }

  /** Makes the key ready after the delay, unless it becomes so earlier. */
  addAfter(key: string, delayMs: number, lane: Lane = 'live'): void {
    if (delayMs <= 0) {
      this.add(key, lane)
      return
    }
    if (this.#shut || this.#isWaiting(key)) return
    const before = this.#undelay(key)
    const now = this.#clock.monotonic()
    const dueAt = Math.min(now + delayMs, before?.dueAt ?? Infinity)
    const due = higher(lane, before?.lane)
    const cancel = this.#clock.after(dueAt - now, () => this.add(key, due))
    this.#delayed.set(key, { dueAt, lane: due, cancel })
  }

  /** The next key, or null when the queue has shut down. Each key taken must be given to `finish`. */
  take(): Promise<Taken | null> {
    const taken = this.#shut ? null : this.#next()
    if (this.#shut || taken !== null) return Promise.resolve(taken)
    return new Promise((resolve) => this.#takers.push(resolve))
  }

  finish(key: string): void {
    const startedAt = this.#running.get(key)
    if (startedAt === undefined) throw new Error(`${key} was finished, but it isn't running`)
    this.#running.delete(key)
    this.#hooks?.finished(this.#clock.monotonic() - startedAt)
    const lane = this.#runAgain.get(key)
    this.#runAgain.delete(key)
    if (lane !== undefined) this.#makeReady(key, lane)
    this.#noteDrained()
  }

  /** Drops what waits; resolves when what runs has finished. Idempotent. */
  shutDown(): Promise<void> {
    this.#shut = true
    for (const key of [...this.#delayed.keys()]) this.#undelay(key)
    for (const waiting of [this.#ready.live, this.#ready.resync, this.#runAgain]) waiting.clear()
    for (const taker of this.#takers.splice(0)) taker(null)
    this.#noteDrained()
    return this.#drained.promise
  }

  /** How many keys are ready. */
  depth(lane: Lane): number {
    return this.#ready[lane].size
  }

  /** How long each key that runs has been running. */
  runningMs(): readonly number[] {
    return [...this.#running.values()].map((startedAt) => this.#clock.monotonic() - startedAt)
  }

  #makeReady(key: string, lane: Lane): void {
    if (this.#ready.live.has(key)) return
    const since = this.#ready.resync.get(key) ?? this.#clock.monotonic()
    if (lane === 'live') this.#ready.resync.delete(key)
    this.#ready[lane].set(key, since)
    const taker = this.#takers.shift()
    if (taker !== undefined) taker(this.#next())
  }

  #next(): Taken | null {
    const lane = this.#nextLane()
    for (const [key, since] of this.#ready[lane]) {
      const now = this.#clock.monotonic()
      this.#ready[lane].delete(key)
      this.#running.set(key, now)
      this.#hooks?.taken(now - since)
      return { key, lane }
    }
    return null
  }

  /** Q5. */
  #nextLane(): Lane {
    if (this.#ready.live.size === 0) return 'resync'
    const [since] = this.#ready.resync.values()
    const isOld = since !== undefined && this.#clock.monotonic() - since >= oldAfterMs
    this.#oldHadTurn = isOld && !this.#oldHadTurn
    return this.#oldHadTurn ? 'resync' : 'live'
  }

  #undelay(key: string): Delayed | undefined {
    const found = this.#delayed.get(key)
    found?.cancel()
    this.#delayed.delete(key)
    return found
  }

  #isWaiting(key: string): boolean {
    return this.#ready.live.has(key) || this.#ready.resync.has(key) || this.#runAgain.has(key)
  }

  #noteDrained(): void {
    if (this.#shut && this.#running.size === 0) this.#drained.resolve(undefined)
  }
}

function higher(one: Lane, other: Lane | undefined): Lane {
  return one === 'live' || other === 'live' ? 'live' : 'resync'
}
