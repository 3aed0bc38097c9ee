import type { Clock } from '../../../machine/clock.ts'

export interface LimiterOptions {
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
  /** Tasks under way that may end at any moment, over all keys: answers that all come together are lost together. */
  readonly limit: number
  /** A task that is under way for so long ends late or never: it counts for its key only, and holds up nobody else. */
  readonly youngMs: number
  /** Tasks under way for one key. */
  readonly limitPerKey: number
  /** Tasks that wait for one key; one more is turned away. */
  readonly queueLimitPerKey: number
  /** A task that waits longer isn't run: whoever asked for it would hardly wait for its end. */
  readonly patienceMs: number
}

/** A task under way. */
interface Run {
  readonly key: string
  readonly startedAt: number
}

/** Ends the wait of a task: with its run, or null to leave. */
type Begin = (run: Run | null) => void

/** Bounds how many tasks run at once. Of a key the first that came is the next; keys that wait take turns. */
export class Limiter {
  readonly #options: LimiterOptions
  readonly #perKey = new Map<string, number>()
  /** Oldest first. */
  readonly #young = new Set<Run>()
  /** Keys for which somebody waits; whose turn it is comes first. */
  readonly #queues = new Map<string, Set<Begin>>()
  #cancelAging: (() => void) | undefined

  constructor(options: LimiterOptions) {
    this.#options = options
  }

  /** The outcome of the task, or null when it was not run: the queue was full, or it waited too long. */
  async run<Result>(key: string, task: () => Promise<Result>): Promise<Result | null> {
    const run = this.#hasRoom(key) ? this.#enter(key) : await this.#wait(key)
    if (run === null) return null
    try {
      return await task()
    } finally {
      this.#leave(run)
    }
  }

  #hasRoom(key: string): boolean {
    const { limit, limitPerKey } = this.#options
    if ((this.#perKey.get(key) ?? 0) >= limitPerKey) return false
    if (this.#young.size >= limit) this.#age()
    return this.#young.size < limit
  }

  #age(): void {
    const { clock, youngMs } = this.#options
    for (const run of this.#young) {
      if (clock.monotonic() - run.startedAt < youngMs) return
      this.#young.delete(run)
    }
  }

  #enter(key: string): Run {
    const run = { key, startedAt: this.#options.clock.monotonic() }
    this.#young.add(run)
    this.#perKey.set(key, (this.#perKey.get(key) ?? 0) + 1)
    return run
  }

  #leave(run: Run): void {
    this.#young.delete(run)
    const left = (this.#perKey.get(run.key) ?? 1) - 1
    if (left === 0) this.#perKey.delete(run.key)
    else this.#perKey.set(run.key, left)
    if (this.#queues.size > 0) this.#serve()
  }

  #wait(key: string): Promise<Run | null> {
    const { clock, queueLimitPerKey, patienceMs } = this.#options
    const queue = this.#queues.get(key) ?? new Set<Begin>()
    if (queue.size >= queueLimitPerKey) return Promise.resolve(null)
    return new Promise((resolve) => {
      const begin: Begin = (run) => {
        cancel()
        resolve(run)
      }
      const cancel = clock.after(patienceMs, () => {
        this.#dequeue(key, queue, begin)
        begin(null)
      })
      queue.add(begin)
      this.#queues.set(key, queue)
      if (this.#cancelAging === undefined) this.#serve()
    })
  }

  /** Lets begin who can, and looks again when the oldest run is old, if that alone is waited for. */
  #serve(): void {
    const { clock, limit, youngMs } = this.#options
    for (const key of [...this.#queues.keys()]) if (this.#hasRoom(key)) this.#serveOne(key)
    this.#cancelAging?.()
    this.#cancelAging = undefined
    const [oldest] = this.#young
    if (this.#queues.size === 0 || this.#young.size < limit || oldest === undefined) return
    this.#cancelAging = clock.after(Math.max(0, oldest.startedAt + youngMs - clock.monotonic()), () => this.#serve())
  }

  #serveOne(key: string): void {
    const queue = this.#queues.get(key)
    const [begin] = queue ?? []
    if (queue === undefined || begin === undefined) return
    this.#dequeue(key, queue, begin)
    // To the end of those whose turn it is.
    if (this.#queues.delete(key)) this.#queues.set(key, queue)
    begin(this.#enter(key))
  }

  #dequeue(key: string, queue: Set<Begin>, begin: Begin): void {
    queue.delete(begin)
    if (queue.size === 0) this.#queues.delete(key)
  }
}
