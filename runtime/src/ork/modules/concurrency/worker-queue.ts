/**
 * The commands of one worker: which are under way, and which of those that wait goes next.
 *
 * Q2  A device has one command under way. One that acts on several devices is under way on all of them, and until it is, nothing
 *     that comes after it passes it there.
 * Q3  Fair: commands go in rounds. In a round each caller has one command for each device, and in it the callers take turns. So
 *     neither a caller nor a device that has many waiting keeps others from having theirs.
 * Q4  What waits on a device that is busy is passed by what is for others.
 */
import type { Need } from '../../ports/turns.ts'
import { IndexedHeap } from './indexed-heap.ts'
import { apply, type PermitEvent, type PermitState } from './machine.ts'
import { SharedLimit } from './shared-limit.ts'

/** A command's place, which it keeps until it has ended. */
export interface Permit {
  readonly need: Need
  /** Where its devices' commands wait. */
  readonly lanes: readonly Lane[]
  /** Q3. Compared in this order; `turn` counts arrivals. */
  readonly round: number
  readonly share: number
  readonly turn: number
  state: PermitState
}

/** One device. */
interface Lane {
  readonly waiting: IndexedHeap<Permit>
  readonly places: SharedLimit
  /** The round of the last command of each caller. */
  readonly rounds: Map<string, number>
  started: Permit | null
}

export interface WorkerLimits {
  readonly started: () => number
  readonly waiting: () => number
  readonly waitingPerDevice: () => number
}

/** The lane of commands that act on the worker itself; no device has this id. */
const workerItself: readonly string[] = ['']

export class WorkerQueue {
  readonly #limits: WorkerLimits
  readonly #places: SharedLimit
  readonly #lanes = new Map<string, Lane>()
  /** Those that could start if the worker took more. */
  readonly #ready = new IndexedHeap<Permit>(isBefore)
  /** The share of the last command of each caller. */
  readonly #shares = new Map<string, number>()
  /** The highest that have started. */
  #round = 0
  #share = 0
  #turns = 0
  #started = 0
  #held = 0

  constructor(limits: WorkerLimits) {
    this.#limits = limits
    this.#places = new SharedLimit(limits.waiting)
  }

  get isIdle(): boolean {
    return this.#held === 0
  }

  hasRoom({ caller, devices }: Need): boolean {
    const hasRoomOn = (device: string) => this.#lanes.get(device)?.places.hasRoom(caller, 1) !== false
    return this.#places.hasRoom(caller, 1) && lanesOf(devices).every(hasRoomOn)
  }

  /** Gives the command a place, whether there is room or not. */
  reserve(need: Need): Permit {
    const { caller } = need
    const lanes = lanesOf(need.devices).map((device) => this.#lane(device))
    const after = Math.max(...lanes.map(({ rounds }) => rounds.get(caller) ?? -1))
    const round = Math.max(this.#round, after + 1)
    const share = Math.max(this.#share, this.#shares.get(caller) ?? 0) + 1
    for (const { rounds } of lanes) rounds.set(caller, round)
    this.#shares.set(caller, share)
    this.#turns += 1
    this.#held += 1
    const permit: Permit = { need, lanes, round, share, turn: this.#turns, state: 'RESERVED' }
    this.#takePlaces(permit)
    return permit
  }

  /** Whether a command that has just got its place can start without passing one that waits. */
  canStart({ lanes }: Permit): boolean {
    // The one place that is taken is its own.
    const isFree = ({ started, places }: Lane) => started === null && places.total === 1
    return this.#started < this.#limits.started() && this.#ready.size === 0 && lanes.every(isFree)
  }

  start(permit: Permit): void {
    const isQueued = permit.state === 'WAITING'
    advance(permit, 'start')
    this.#givePlacesBack(permit)
    this.#ready.delete(permit)
    for (const lane of permit.lanes) {
      if (isQueued) lane.waiting.delete(permit)
      lane.started = permit
    }
    this.#started += 1
    this.#round = Math.max(this.#round, permit.round)
    this.#share = Math.max(this.#share, permit.share)
  }

  queue(permit: Permit): void {
    advance(permit, 'queue')
    this.#join(permit)
  }

  withdraw(permit: Permit): void {
    advance(permit, 'withdraw')
    this.#ready.delete(permit)
    for (const { waiting } of permit.lanes) waiting.delete(permit)
    this.#refresh(permit.lanes)
  }

  /** The next, which stays in; undefined if none can go. */
  peek(): Permit | undefined {
    return this.#started < this.#limits.started() ? this.#ready.peek() : undefined
  }

  yield(permit: Permit): void {
    advance(permit, 'yield')
    this.#leave(permit)
    this.#takePlaces(permit)
    this.#join(permit)
  }

  end(permit: Permit): void {
    const hasStarted = permit.state === 'STARTED'
    advance(permit, 'end')
    this.#held -= 1
    if (!hasStarted) {
      this.#givePlacesBack(permit)
      return
    }
    this.#leave(permit)
    this.#refresh(permit.lanes)
  }

  #join(permit: Permit): void {
    for (const { waiting } of permit.lanes) {
      const first = waiting.peek()
      if (first !== undefined && isBefore(permit, first)) this.#ready.delete(first)
      waiting.add(permit)
    }
    this.#refresh(permit.lanes)
  }

  #leave({ lanes }: Permit): void {
    this.#started -= 1
    for (const lane of lanes) lane.started = null
  }

  /** Q2. What is first on all its lanes, and finds them free, is ready. */
  #refresh(lanes: readonly Lane[]): void {
    for (const { waiting } of lanes) {
      const first = waiting.peek()
      if (first?.lanes.every((lane) => lane.started === null && lane.waiting.peek() === first) === true)
        this.#ready.add(first)
    }
  }

  #takePlaces({ need: { caller }, lanes }: Permit): void {
    this.#places.take(caller, 1)
    for (const { places } of lanes) places.take(caller, 1)
  }

  #givePlacesBack({ need: { caller }, lanes }: Permit): void {
    this.#places.giveBack(caller, 1)
    for (const { places } of lanes) places.giveBack(caller, 1)
  }

  #lane(device: string): Lane {
    const known = this.#lanes.get(device)
    if (known !== undefined) return known
    const places = new SharedLimit(this.#limits.waitingPerDevice)
    const lane: Lane = { waiting: new IndexedHeap<Permit>(isBefore), places, rounds: new Map(), started: null }
    this.#lanes.set(device, lane)
    return lane
  }
}

function lanesOf(devices: readonly string[]): readonly string[] {
  return devices.length === 0 ? workerItself : devices
}

function advance(permit: Permit, event: PermitEvent): void {
  permit.state = apply(permit.state, event)
}

function isBefore(a: Permit, b: Permit): boolean {
  if (a.round !== b.round) return a.round < b.round
  return a.share === b.share ? a.turn < b.turn : a.share < b.share
}
