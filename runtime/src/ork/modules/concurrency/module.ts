/**
 * Concurrency Manager: how many commands are under way, where, and whose turn it is. It holds nothing back by itself: whoever
 * sends commands asks. Every operation is O(log n) in what waits.
 *
 * Q5  No queue is without a limit, and a limit is shared: one caller's flood is no other's rejection (`SharedLimit`).
 */
import type { Need, Turns } from '../../ports/turns.ts'
import { SharedLimit } from './shared-limit.ts'
import { type Permit, WorkerQueue } from './worker-queue.ts'

/** Each is read at every decision, so that another answer counts from the next one on. What has a place keeps it. */
export interface ConcurrencyLimits {
  /** Commands under way at one worker. */
  readonly inFlightPerWorker: () => number
  /** Commands that wait for one device. */
  readonly waitingPerDevice: () => number
  /** Commands that wait for one worker. */
  readonly waitingPerWorker: () => number
  /** Commands that wait, over all workers. */
  readonly waiting: () => number
  /** Memory that all commands take that wait or are under way. */
  readonly sizeBytes: () => number
}

/** What counts where a site sets nothing. */
export const usualLimits: ConcurrencyLimits = {
  inFlightPerWorker: () => 32,
  waitingPerDevice: () => 100,
  waitingPerWorker: () => 1_000,
  waiting: () => 10_000,
  sizeBytes: () => 64 * 1024 * 1024,
}

export class ConcurrencyManager implements Turns {
  readonly #limits: ConcurrencyLimits
  readonly #workers = new Map<string, WorkerQueue>()
  readonly #permits = new Map<string, Permit>()
  readonly #waiting: SharedLimit
  readonly #sizes: SharedLimit

  constructor(limits: Partial<ConcurrencyLimits> = {}) {
    this.#limits = { ...usualLimits, ...limits }
    this.#waiting = new SharedLimit(this.#limits.waiting)
    this.#sizes = new SharedLimit(this.#limits.sizeBytes)
  }

  enter(need: Need, canStart: boolean): 'started' | 'reserved' | 'full' {
    const worker = this.#worker(need.workerId)
    const { caller, sizeBytes } = need
    // Q5
    const hasRoom = this.#waiting.hasRoom(caller, 1) && this.#sizes.hasRoom(caller, sizeBytes) && worker.hasRoom(need)
    if (!hasRoom) return 'full'
    const permit = this.#reserve(worker, need)
    if (!canStart || !worker.canStart(permit)) return 'reserved'
    this.#start(worker, permit)
    return 'started'
  }

  restore(need: Need): void {
    const worker = this.#worker(need.workerId)
    worker.queue(this.#reserve(worker, need))
  }

  queue(commandId: string): void {
    const { worker, permit } = this.#held(commandId)
    worker.queue(permit)
  }

  take(workerId: string): string | undefined {
    const worker = this.#workers.get(workerId)
    const permit = worker?.peek()
    if (worker === undefined || permit === undefined) return undefined
    this.#start(worker, permit)
    return permit.need.commandId
  }

  yield(commandId: string): void {
    const { worker, permit } = this.#held(commandId)
    worker.yield(permit)
    this.#waiting.take(permit.need.caller, 1)
  }

  withdraw(commandId: string): void {
    const { worker, permit } = this.#held(commandId)
    worker.withdraw(permit)
  }

  end(commandId: string): void {
    const { worker, permit } = this.#held(commandId)
    const { caller, sizeBytes } = permit.need
    if (permit.state !== 'STARTED') this.#waiting.giveBack(caller, 1)
    worker.end(permit)
    this.#permits.delete(commandId)
    this.#sizes.giveBack(caller, sizeBytes)
  }

  /** Commands that have a place and aren't under way. */
  get waiting(): number {
    return this.#waiting.total
  }

  get inFlight(): number {
    return this.#permits.size - this.#waiting.total
  }

  tidy(): void {
    for (const [workerId, worker] of this.#workers) {
      if (worker.isIdle) this.#workers.delete(workerId)
    }
  }

  #reserve(worker: WorkerQueue, need: Need): Permit {
    const permit = worker.reserve(need)
    this.#permits.set(need.commandId, permit)
    this.#waiting.take(need.caller, 1)
    this.#sizes.take(need.caller, need.sizeBytes)
    return permit
  }

  #start(worker: WorkerQueue, permit: Permit): void {
    worker.start(permit)
    this.#waiting.giveBack(permit.need.caller, 1)
  }

  #held(commandId: string): { readonly worker: WorkerQueue; readonly permit: Permit } {
    const permit = this.#permits.get(commandId)
    const worker = this.#workers.get(permit?.need.workerId ?? '')
    if (permit === undefined || worker === undefined) throw new Error(`the command ${commandId} has no place`)
    return { worker, permit }
  }

  #worker(workerId: string): WorkerQueue {
    const known = this.#workers.get(workerId)
    if (known !== undefined) return known
    const { inFlightPerWorker: started, waitingPerWorker: waiting, waitingPerDevice } = this.#limits
    const worker = new WorkerQueue({ started, waiting, waitingPerDevice })
    this.#workers.set(workerId, worker)
    return worker
  }
}
