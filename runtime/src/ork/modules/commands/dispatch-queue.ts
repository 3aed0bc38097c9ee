import type { Command } from './machine.ts'

export interface QueueLimits {
  /** Commands under way at one worker. */
  readonly inFlightPerWorker: number
  /** Commands that wait for one device. */
  readonly waitingPerDevice: number
  /** Commands that wait for one worker. */
  readonly waitingPerWorker: number
  /** Commands that wait, over all workers. */
  readonly waiting: number
}

const queueLimits: QueueLimits = {
  inFlightPerWorker: 16,
  waitingPerDevice: 100,
  waitingPerWorker: 1_000,
  waiting: 10_000,
}

/** Whom a command is for. Those for a whole worker name no device. */
export type Addressed = Pick<Command, 'workerId' | 'deviceId'>

/** A command's place in the queue, which it keeps until it is done with. */
export interface Ticket extends Addressed {
  readonly commandId: string
  /** Later than that of every command that was accepted before. */
  readonly turn: number
}

interface Lane {
  /** By turn. */
  readonly waiting: Ticket[]
  /** Places taken by commands that are still being written down. */
  readonly reserved: Addressed[]
  readonly inFlight: Set<Ticket>
}

/**
 * Which command goes next to which worker: first come, first served, as many at once as a worker takes.
 *
 * Q7  A device has one command under way. What waits for it is passed by what is for others, so one that hangs holds up nobody
 *     else, and a command isn't on its worker's hands for longer than it takes to run.
 */
export class DispatchQueue {
  readonly #limits: QueueLimits
  readonly #lanes = new Map<string, Lane>()
  #waiting = 0
  #turns = 0

  constructor(limits: QueueLimits = queueLimits) {
    this.#limits = limits
  }

  /** Takes a place for a command to come; undefined if the queue of its device, of its worker or all of it is full. */
  reserve({ workerId, deviceId }: Addressed): Addressed | undefined {
    const lane = this.#lane(workerId)
    const before = [...lane.waiting, ...lane.reserved]
    const isFull =
      this.#waiting >= this.#limits.waiting ||
      before.length >= this.#limits.waitingPerWorker ||
      before.filter((each) => each.deviceId === deviceId).length >= this.#limits.waitingPerDevice
    if (isFull) return undefined
    const place = { workerId, deviceId }
    lane.reserved.push(place)
    this.#waiting += 1
    return place
  }

  /** Gives a reserved place back. */
  cancelReservation(place: Addressed): void {
    const { reserved } = this.#lane(place.workerId)
    reserved.splice(reserved.indexOf(place), 1)
    this.#waiting -= 1
    this.#tidy(place.workerId)
  }

  /** Puts a command on its reserved place. */
  add(place: Addressed, commandId: string): void {
    this.restore(place, commandId)
    this.cancelReservation(place)
  }

  /** Puts a command in the queue whatever the limits: it was accepted before. */
  restore({ workerId, deviceId }: Addressed, commandId: string): void {
    this.#turns += 1
    this.putBack({ workerId, deviceId, commandId, turn: this.#turns })
  }

  /** The next command, which is under way from now on; undefined if none can go. */
  take(workerId: string): Ticket | undefined {
    const lane = this.#lanes.get(workerId)
    if (lane === undefined || lane.inFlight.size >= this.#limits.inFlightPerWorker) return undefined
    // Q7
    const busy = new Set([...lane.inFlight].map(({ deviceId }) => deviceId))
    const ticket = lane.waiting.find(({ deviceId }) => !busy.has(deviceId))
    if (ticket === undefined) return undefined
    lane.inFlight.add(ticket)
    this.#takeOut(lane, ticket)
    return ticket
  }

  /** A command that was taken is done with. */
  release(ticket: Ticket): void {
    this.#lane(ticket.workerId).inFlight.delete(ticket)
    this.#tidy(ticket.workerId)
  }

  /** A command that was taken wasn't sent: it waits again, where it was. */
  giveBack(ticket: Ticket): void {
    this.#lane(ticket.workerId).inFlight.delete(ticket)
    this.putBack(ticket)
  }

  /** Takes a command out that waits; undefined if it doesn't. */
  remove(workerId: string, commandId: string): Ticket | undefined {
    const lane = this.#lanes.get(workerId)
    const ticket = lane?.waiting.find((each) => each.commandId === commandId)
    if (lane === undefined || ticket === undefined) return undefined
    this.#takeOut(lane, ticket)
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

  get waiting(): number {
    return this.#waiting
  }

  get inFlight(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.inFlight.size, 0)
  }

  #takeOut({ waiting }: Lane, ticket: Ticket): void {
    waiting.splice(waiting.indexOf(ticket), 1)
    this.#waiting -= 1
  }

  #lane(workerId: string): Lane {
    const known = this.#lanes.get(workerId)
    if (known !== undefined) return known
    const lane: Lane = { waiting: [], reserved: [], inFlight: new Set() }
    this.#lanes.set(workerId, lane)
    return lane
  }

  #tidy(workerId: string): void {
    const lane = this.#lanes.get(workerId)
    if (lane?.waiting.length === 0 && lane.reserved.length === 0 && lane.inFlight.size === 0)
      this.#lanes.delete(workerId)
  }
}
