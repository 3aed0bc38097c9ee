export interface QueueLimits {
  /** Commands under way at one worker. */
  readonly inFlightPerWorker: number
  /** Commands that wait for one worker. */
  readonly waitingPerWorker: number
  /** Commands that wait, over all workers. */
  readonly waiting: number
}

const queueLimits: QueueLimits = { inFlightPerWorker: 16, waitingPerWorker: 1_000, waiting: 10_000 }

interface Lane {
  readonly waiting: string[]
  /** Places taken by commands that are still being written down. */
  reserved: number
  inFlight: number
}

/** Which command goes next to which worker: first come, first served, as many at once as a worker takes. */
export class DispatchQueue {
  readonly #limits: QueueLimits
  readonly #lanes = new Map<string, Lane>()
  #waiting = 0

  constructor(limits: QueueLimits = queueLimits) {
    this.#limits = limits
  }

  /** Takes a place for a command to come. False if the worker's queue, or all of it, is full. */
  reserve(workerId: string): boolean {
    const lane = this.#lane(workerId)
    const isFull = lane.waiting.length + lane.reserved >= this.#limits.waitingPerWorker
    if (isFull || this.#waiting >= this.#limits.waiting) return false
    lane.reserved += 1
    this.#waiting += 1
    return true
  }

  /** Gives a reserved place back. */
  cancelReservation(workerId: string): void {
    this.#lane(workerId).reserved -= 1
    this.#waiting -= 1
    this.#tidy(workerId)
  }

  /** Puts a command on its reserved place. */
  add(workerId: string, commandId: string): void {
    const lane = this.#lane(workerId)
    lane.reserved -= 1
    lane.waiting.push(commandId)
  }

  /** Puts a command in the queue whatever the limits: it was accepted before. */
  restore(workerId: string, commandId: string): void {
    this.#lane(workerId).waiting.push(commandId)
    this.#waiting += 1
  }

  /** The next command, which is under way from now on; undefined if none waits or the worker has enough. */
  take(workerId: string): string | undefined {
    const lane = this.#lanes.get(workerId)
    if (lane === undefined || lane.inFlight >= this.#limits.inFlightPerWorker) return undefined
    const commandId = lane.waiting.shift()
    if (commandId === undefined) return undefined
    this.#waiting -= 1
    lane.inFlight += 1
    return commandId
  }

  /** A command that was taken is done with. */
  release(workerId: string): void {
    this.#lane(workerId).inFlight -= 1
    this.#tidy(workerId)
  }

  /** A command that was taken wasn't sent: it is the next again. */
  giveBack(workerId: string, commandId: string): void {
    const lane = this.#lane(workerId)
    lane.inFlight -= 1
    lane.waiting.unshift(commandId)
    this.#waiting += 1
  }

  /** Takes a command out that waits. False if it doesn't. */
  remove(workerId: string, commandId: string): boolean {
    const waiting = this.#lanes.get(workerId)?.waiting ?? []
    const index = waiting.indexOf(commandId)
    if (index === -1) return false
    waiting.splice(index, 1)
    this.#waiting -= 1
    this.#tidy(workerId)
    return true
  }

  /** In the order in which they will go. */
  waitingOf(workerId: string): readonly string[] {
    return [...(this.#lanes.get(workerId)?.waiting ?? [])]
  }

  /** Every command that waits. */
  *waiting(): IterableIterator<string> {
    for (const lane of this.#lanes.values()) yield* lane.waiting
  }

  get inFlight(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.inFlight, 0)
  }

  #lane(workerId: string): Lane {
    const known = this.#lanes.get(workerId)
    if (known !== undefined) return known
    const lane: Lane = { waiting: [], reserved: 0, inFlight: 0 }
    this.#lanes.set(workerId, lane)
    return lane
  }

  #tidy(workerId: string): void {
    const lane = this.#lanes.get(workerId)
    if (lane?.waiting.length === 0 && lane.reserved === 0 && lane.inFlight === 0) this.#lanes.delete(workerId)
  }
}
