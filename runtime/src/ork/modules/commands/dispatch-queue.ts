export interface QueueLimits {
  /** Commands under way at one worker. */
  readonly inFlightPerWorker: number
  /** Commands that wait for one worker. */
  readonly waitingPerWorker: number
  /** Commands that wait, over all workers. */
  readonly waiting: number
}

const queueLimits: QueueLimits = { inFlightPerWorker: 16, waitingPerWorker: 1_000, waiting: 10_000 }

/** A command's place in the queue, which it keeps until it is done with. */
export interface Ticket {
  readonly workerId: string
  readonly commandId: string
  /** Later than that of every command that was accepted before. */
  readonly turn: number
}

interface Lane {
  /** By turn. */
  readonly waiting: Ticket[]
  /** Places taken by commands that are still being written down. */
  reserved: number
  inFlight: number
}

/** Which command goes next to which worker: first come, first served, as many at once as a worker takes. */
export class DispatchQueue {
  readonly #limits: QueueLimits
  readonly #lanes = new Map<string, Lane>()
  #waiting = 0
  #turns = 0

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
    lane.waiting.push(this.#ticket(workerId, commandId))
  }

  /** Puts a command in the queue whatever the limits: it was accepted before. */
  restore(workerId: string, commandId: string): void {
    this.putBack(this.#ticket(workerId, commandId))
  }

  /** The next command, which is under way from now on; undefined if none waits or the worker has enough. */
  take(workerId: string): Ticket | undefined {
    const lane = this.#lanes.get(workerId)
    if (lane === undefined || lane.inFlight >= this.#limits.inFlightPerWorker) return undefined
    const ticket = lane.waiting.shift()
    if (ticket === undefined) return undefined
    this.#waiting -= 1
    lane.inFlight += 1
    return ticket
  }

  /** A command that was taken is done with. */
  release({ workerId }: Ticket): void {
    this.#lane(workerId).inFlight -= 1
    this.#tidy(workerId)
  }

  /** A command that was taken wasn't sent: it waits again, where it was. */
  giveBack(ticket: Ticket): void {
    this.#lane(ticket.workerId).inFlight -= 1
    this.putBack(ticket)
  }

  /** Takes a command out that waits; undefined if it doesn't. */
  remove(workerId: string, commandId: string): Ticket | undefined {
    const waiting = this.#lanes.get(workerId)?.waiting ?? []
    const index = waiting.findIndex((ticket) => ticket.commandId === commandId)
    const [ticket] = index === -1 ? [] : waiting.splice(index, 1)
    if (ticket === undefined) return undefined
    this.#waiting -= 1
    this.#tidy(workerId)
    return ticket
  }

  /** A command that was taken out waits again, before all that were accepted later. */
  putBack(ticket: Ticket): void {
    const { waiting } = this.#lane(ticket.workerId)
    const before = waiting.findLastIndex(({ turn }) => turn < ticket.turn)
    waiting.splice(before + 1, 0, ticket)
    this.#waiting += 1
  }

  /** In the order in which they will go. */
  waitingOf(workerId: string): readonly string[] {
    return (this.#lanes.get(workerId)?.waiting ?? []).map(({ commandId }) => commandId)
  }

  /** Workers for which commands wait. */
  workers(): readonly string[] {
    return [...this.#lanes].filter(([, { waiting }]) => waiting.length > 0).map(([workerId]) => workerId)
  }

  #ticket(workerId: string, commandId: string): Ticket {
    this.#turns += 1
    return { workerId, commandId, turn: this.#turns }
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
