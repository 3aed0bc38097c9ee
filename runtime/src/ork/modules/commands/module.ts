/**
 * Accepts commands, sends each to its worker once, and remembers what became of it.
 *
 * Q4  QUEUED is answered when the command is on disk. A kill of the process at any moment loses no accepted command and sends
 *     none twice.
 * Q5  A command is sent only while its worker can be reached; until then it waits, but not for ever.
 * Q6  A command that ends without having been sent has ended when that is on disk, and waits on if it can't be written: else a
 *     restart would send what was reported as cancelled.
 */
import type { ErrorCode } from '../../../contract/error-codes.ts'
import type { Clock } from '../../../machine/clock.ts'
import type { CommandRecord, CommandResult } from '../../../protocol/payloads.ts'
import type { Store } from '../../../storage/store.ts'
import type { ModuleLog } from '../../ports/module-log.ts'
import type { Answer, WorkerChannel } from '../../ports/worker-channel.ts'
import { CommandBook, charsOf } from './command-book.ts'
import { DispatchQueue, type Ticket } from './dispatch-queue.ts'
import { type AcceptedCommand, type CommandRequest, decideCommand, type Targets } from './dispatcher.ts'
import { type Command, type CommandEvent, queuedForMs } from './machine.ts'
import { outcomeOf } from './outcome.ts'
import { formatStatus } from './record.ts'

export interface CommandsPorts {
  /** A sub-store of its own (`commandStore`). */
  readonly store: Store
  readonly channel: WorkerChannel
  readonly clock: Clock
  /** A fresh UUID. */
  readonly newId: () => string
  readonly log: ModuleLog
  readonly targets: Targets
  /** Told of each command that ends. */
  readonly onEnd: (command: Command) => void
}

export type Submitted =
  | { readonly kind: 'queued'; readonly commandId: string }
  | { readonly kind: 'rejected'; readonly error: string }

/** Upstream's limit; a worker answers when the device has. */
const commandTimeoutMs = 30_000
const sweepMs = 1_000
/** As large as a command may be, with its parameters, and all that wait or are under way together. */
const maxCommandChars = 131_072
const maxOpenChars = 64 * 1024 * 1024

/** The commands of a site. `recover` comes first, and once. */
export class Commands {
  readonly #ports: CommandsPorts
  readonly #book: CommandBook
  readonly #queue = new DispatchQueue()
  readonly #running = new Set<Promise<void>>()
  #cancelSweep: (() => void) | undefined
  #closed = false

  constructor(ports: CommandsPorts) {
    this.#ports = ports
    this.#book = new CommandBook(ports.store, ports.clock)
  }

  /** Takes up what an earlier process left: QUEUED commands wait for their workers, sent ones are of unknown fate. */
  async recover(): Promise<void> {
    for (const command of await this.#book.recover()) this.#queue.restore(command, command.commandId)
    await this.#written('', this.#book.catchUp())
    await this.#written('', this.#book.clear())
    this.#sweepLater()
  }

  /** Checks a command and writes it down; it is sent as soon as possible. */
  async submit(request: CommandRequest): Promise<Submitted> {
    const decision = decideCommand(request, this.#ports.targets)
    if (decision.kind === 'rejected') return decision
    const { workerId } = decision.command
    if (this.#closed) return rejected('ERR_STORE_FAILED')
    const command = this.#queued(decision.command)
    const chars = charsOf(command)
    if (chars > maxCommandChars) return rejected('ERR_REQUEST_TOO_LARGE')
    const place = this.#book.openChars + chars > maxOpenChars ? undefined : this.#queue.reserve(command)
    if (place === undefined) return rejected('ERR_QUEUE_FULL')
    const { commandId } = command
    if (!(await this.#written(commandId, this.#book.open(command)))) {
      this.#queue.cancelReservation(place)
      return rejected('ERR_STORE_FAILED')
    }
    this.#queue.add(place, commandId)
    this.#pump(workerId)
    return { kind: 'queued', commandId }
  }

  /** Commands that wait for their worker or device, and those that were sent and aren't answered. */
  counts(): { readonly waiting: number; readonly inFlight: number } {
    return { waiting: this.#queue.waiting, inFlight: this.#queue.inFlight }
  }

  /** The command as it is, or was when it ended; undefined if it isn't known or was cleared. */
  status(commandId: string): CommandRecord | undefined {
    const command = this.#book.find(commandId)
    return command === undefined ? undefined : formatStatus(command)
  }

  /** Cancels a command that hasn't been sent. False if it isn't known or was sent. Rejects if it can't be written. */
  async cancel(commandId: string): Promise<boolean> {
    const ticket = this.#queue.remove(this.#book.find(commandId)?.workerId ?? '', commandId)
    if (ticket === undefined) return false
    await this.#endUnsent(ticket, { on: 'cancel' })
    return true
  }

  /** The worker can be reached: sends what waits for it. */
  onRoutable(workerId: string): void {
    this.#pump(workerId)
  }

  /** The worker is no member any more: what waits for it will never be sent. */
  onWorkerGone(workerId: string): void {
    this.#expireWaiting(workerId, this.#ports.clock.now())
  }

  /** Stops sending, and waits until what is under way is answered or given up and written. */
  async drain(timeoutMs: number): Promise<void> {
    this.#closed = true
    this.#cancelSweep?.()
    const limit = new AbortController()
    const late = this.#ports.clock.sleep(timeoutMs, limit.signal)
    await Promise.race([this.#settled(), late])
    limit.abort()
  }

  /** After `drain`, and after links are closed: waits for the last writes. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelSweep?.()
    await this.#settled()
  }

  async #settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }

  #queued(accepted: AcceptedCommand): Command {
    const now = this.#ports.clock.now()
    return {
      ...accepted,
      commandId: this.#ports.newId(),
      state: 'QUEUED',
      result: null,
      error: null,
      createdAt: now,
      updatedAt: now,
      expiresAt: now + queuedForMs,
    }
  }

  #pump(workerId: string): void {
    while (!this.#closed && this.#isRoutable(workerId)) {
      const ticket = this.#queue.take(workerId)
      if (ticket === undefined) return
      this.#track(this.#run(ticket))
    }
  }

  #track(running: Promise<void>): void {
    this.#running.add(running)
    void running.finally(() => this.#running.delete(running))
  }

  #isRoutable(workerId: string): boolean {
    return this.#ports.targets.find(workerId)?.routable === true
  }

  async #run(ticket: Ticket): Promise<void> {
    const { workerId, commandId } = ticket
    const dispatched = this.#book.advance(commandId, { on: 'dispatch' })
    if (!(await this.#written(commandId, this.#book.save(dispatched)))) {
      // Q1. Nothing was sent; the next sweep tries again.
      this.#book.advance(commandId, { on: 'unsent' })
      this.#queue.giveBack(ticket)
      return
    }
    const command = this.#book.advance(commandId, { on: 'send' })
    const event = outcomeOf(command, await this.#send(command))
    if (event.on === 'unsent') {
      const queued = this.#book.advance(commandId, event)
      this.#queue.giveBack(ticket)
      await this.#written(commandId, this.#book.save(queued))
    } else {
      const ended = this.#book.advance(commandId, event)
      this.#ports.onEnd(ended)
      this.#queue.release(ticket)
      // Until this is written (the sweep tries again) a restart would find the command as sent, and its fate unknown.
      await this.#written(commandId, this.#book.save(ended))
    }
    this.#pump(workerId)
  }

  async #send(command: Command): Promise<Answer<CommandResult>> {
    const { workerId, commandId, params, scope, targets, deviceId } = command
    const payload = {
      commandId,
      command: command.command,
      params,
      scope,
      workerId,
      ...(targets !== null && { targets }),
    }
    const options = { timeoutMs: commandTimeoutMs, ...(deviceId !== null && { deviceId }) }
    return this.#ports.channel.ask(workerId, 'command.request', payload, options)
  }

  /** Q6. Rejects if it can't be written. */
  async #endUnsent(ticket: Ticket, event: CommandEvent): Promise<void> {
    try {
      this.#ports.onEnd(await this.#book.settle(ticket.commandId, event))
    } catch (error) {
      this.#queue.putBack(ticket)
      throw error
    }
  }

  /** Ends what waits for the worker and won't be sent any more. */
  #expireWaiting(workerId: string, now: number): void {
    const target = this.#ports.targets.find(workerId)
    const isGone = target === undefined
    const error = isGone ? 'ERR_WORKER_NOT_FOUND' : expiredError(target.routable)
    for (const commandId of this.#queue.waitingOf(workerId)) {
      if (!isGone && (this.#book.find(commandId)?.expiresAt ?? 0) > now) continue
      const ticket = this.#queue.remove(workerId, commandId)
      if (ticket !== undefined) this.#trackWrite(commandId, this.#endUnsent(ticket, { on: 'expire', error }))
    }
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#ports.clock.after(sweepMs, () => this.#sweep())
  }

  #sweep(): void {
    const now = this.#ports.clock.now()
    for (const workerId of this.#queue.workers()) {
      this.#expireWaiting(workerId, now)
      this.#pump(workerId)
    }
    this.#trackWrite('', this.#book.catchUp())
    this.#trackWrite('', this.#book.clear())
    this.#sweepLater()
  }

  #trackWrite(commandId: string, write: Promise<void>): void {
    this.#track(this.#written(commandId, write).then(() => undefined))
  }

  /** Whether a write went well. */
  async #written(commandId: string, write: Promise<void>): Promise<boolean> {
    try {
      await write
      return true
    } catch (error) {
      this.#ports.log.warn({ commandId, err: error }, 'a command cannot be written')
      return false
    }
  }
}

/** Why a command wasn't sent in all its time. */
function expiredError(isRoutable: boolean): ErrorCode {
  return isRoutable ? 'ERR_COMMAND_EXPIRED' : 'ERR_WORKER_NOT_ROUTABLE'
}

function rejected(error: ErrorCode): Submitted {
  return { kind: 'rejected', error }
}
