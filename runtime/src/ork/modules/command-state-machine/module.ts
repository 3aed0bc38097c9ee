/**
 * Command State Machine: keeps commands from their acceptance to their end, sends each when it is its turn, and remembers what
 * became of it.
 *
 * M3  QUEUED is answered when the command is on disk. A kill of the process at any moment loses no accepted command.
 * M4  Before a command is sent, its record on disk says to which instance: what a restart finds with `sentTo` null was never sent.
 * M5  A command has ended when that is on disk: no restart changes what was told. An end that can't be written is tried again.
 * M6  A command is sent only while its worker can be reached; until then it waits, but not for ever.
 */
import type { ErrorCode } from '../../../contract/error-codes.ts'
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import { within } from '../../../machine/within.ts'
import type { CommandRecord } from '../../../protocol/payloads.ts'
import type { OpenedJournal } from '../../../storage/journal/journal.ts'
import { type Store, StoreError } from '../../../storage/store.ts'
import type { CheckedCommand, CommandIntake, Submitted } from '../../ports/command-intake.ts'
import type { CommandTargets } from '../../ports/command-targets.ts'
import type { Need, Turns } from '../../ports/turns.ts'
import type { WorkerChannel } from '../../ports/worker-channel.ts'
import { CommandBook } from './command-book.ts'
import { type Retention, usualRetention } from './command-history.ts'
import { Dispatching } from './dispatching.ts'
import { fingerprintOf } from './idempotency-keys.ts'
import type { Command, CommandEvent } from './machine.ts'
import { isWaiting, type OpenCommand } from './open-command.ts'
import { Pending } from './pending.ts'
import { keyedOf } from './record.ts'
import { upgradeRows } from './upgrade-rows.ts'

export interface CommandStateMachinePorts {
  /** What earlier processes left, and where commands are written. Closed by whoever opened it, after this. */
  readonly opened: OpenedJournal
  /** A sub-store of its own (`oldCommandStore`), with what is left from before there was a journal. */
  readonly oldRows: Store
  readonly turns: Turns
  readonly targets: CommandTargets
  readonly channel: WorkerChannel
  readonly clock: Clock
  readonly random: Random
  /** A fresh UUID. */
  readonly newId: () => string
  /** Told of each command that has ended, with what is told of it. */
  readonly onEnd: (command: Command, record: CommandRecord) => void
  /** Told of each command that is tried again. */
  readonly onRetry: (command: Command) => void
  readonly retention?: Partial<Retention>
}

/** Why a command isn't cancelled. */
export type Cancelled =
  | { readonly kind: 'cancelled' }
  | {
      readonly kind: 'refused'
      readonly error: Extract<ErrorCode, `ERR_COMMAND_${'NOT_FOUND' | 'SENT' | 'ENDED'}`>
    }

const sweepMs = 1_000
/** As large as a command may be, with its parameters. */
const maxCommandBytes = 131_072

/** The commands of a site. `recover` comes first, and once. */
export class CommandStateMachine implements CommandIntake {
  readonly #ports: CommandStateMachinePorts
  readonly #book: CommandBook
  readonly #dispatching: Dispatching
  /** Writes that nobody waits for. */
  readonly #pending = new Pending()
  #cancelSweep: (() => void) | undefined

  constructor(ports: CommandStateMachinePorts) {
    this.#ports = ports
    const retention = { ...usualRetention, ...ports.retention }
    this.#book = new CommandBook({ ...ports, journal: ports.opened.journal, retention })
    this.#dispatching = new Dispatching({ ...ports, book: this.#book })
  }

  /**
   * Takes up what an earlier process left: whatever hasn't ended waits for its worker, and is then sent, or lost where that would
   * not be safe. Rejects with a StoreError if a newer version wrote it, or if it can't be written where it must.
   */
  async recover(): Promise<void> {
    const opened = await upgradeRows(this.#ports.oldRows, this.#ports.opened)
    const open = await this.#book.recover(opened)
    for (const command of open) this.#ports.turns.restore(this.#needOf(command, sizeOf(command)))
    this.#sweepLater()
  }

  recall(caller: string, idempotencyKey: string, content: string): Promise<Submitted> | null {
    return this.#book.keys.recall(caller, idempotencyKey, content)
  }

  async accept(checked: CheckedCommand, content: string, sizeBytes: number): Promise<Submitted> {
    if (this.#dispatching.stopped) return rejected('ERR_ORK_SHUTDOWN')
    if (sizeBytes > maxCommandBytes) return rejected('ERR_REQUEST_TOO_LARGE')
    const command = this.#newCommand(checked, content)
    const accepted = this.#pending.track(this.#open(command, sizeBytes))
    const keyed = keyedOf(command)
    if (keyed !== null) this.#book.keys.addAccepting(keyed, accepted)
    return accepted
  }

  /** The command as it is, or was when it ended; undefined if it isn't known or was forgotten. */
  status(commandId: string): CommandRecord | undefined {
    return this.#book.status(commandId)
  }

  /** Cancels a command that hasn't been sent. Rejects if that can't be written. */
  async cancel(commandId: string): Promise<Cancelled> {
    const open = this.#book.find(commandId)
    if (open === undefined) {
      const hasEnded = this.#book.status(commandId) !== undefined
      return { kind: 'refused', error: hasEnded ? 'ERR_COMMAND_ENDED' : 'ERR_COMMAND_NOT_FOUND' }
    }
    if (!isWaiting(open) || open.command.sentTo !== null) return { kind: 'refused', error: 'ERR_COMMAND_SENT' }
    await this.#endWaiting(open, { on: 'cancel' })
    return { kind: 'cancelled' }
  }

  /** How many commands are remembered that have ended. */
  get ended(): number {
    return this.#book.ended
  }

  /** The worker can be reached: sends what waits for it. */
  onRoutable(workerId: string): void {
    this.#dispatching.pump(workerId)
  }

  /** The worker is no member any more: what waits for it will never be sent. */
  onWorkerGone(workerId: string): void {
    for (const open of this.#book.open()) if (open.command.workerId === workerId) this.#expire(open)
  }

  /** Stops sending, and waits until what is under way is answered and written, or so long. */
  async drain(timeoutMs: number): Promise<void> {
    this.#dispatching.stop()
    this.#cancelSweep?.()
    await within(this.#ports.clock, timeoutMs, this.#settled(), undefined)
  }

  /** After `drain`, and after links are closed: waits for the last writes. */
  async close(): Promise<void> {
    this.#dispatching.stop()
    this.#cancelSweep?.()
    await this.#settled()
  }

  async #settled(): Promise<void> {
    await this.#dispatching.settled()
    await this.#pending.settled()
  }

  #newCommand(checked: CheckedCommand, content: string): Command {
    const now = this.#ports.clock.now()
    const commandId = this.#ports.newId()
    return {
      ...checked,
      commandId,
      state: 'QUEUED',
      sentTo: null,
      retries: 0,
      fingerprint: checked.idempotencyKey === null ? null : fingerprintOf(commandId, content),
      result: null,
      error: null,
      createdAt: now,
      updatedAt: now,
    }
  }

  /** M3. A command that can go at once is written with the instance that it goes to: one write before it is sent, not two. */
  async #open(command: Command, sizeBytes: number): Promise<Submitted> {
    const { turns, targets } = this.#ports
    const { commandId, workerId, createdAt } = command
    const target = targets.find(workerId)
    const entered = turns.enter(this.#needOf(command, sizeBytes), target?.routable === true)
    if (entered === 'full') return rejected('ERR_QUEUE_FULL')
    const goesTo = entered === 'started' && target !== undefined ? { ...target.instance, since: createdAt } : null
    if (!(await this.#book.write(command, goesTo))) {
      turns.end(commandId)
      this.#dispatching.pump(workerId)
      return rejected('ERR_STORE_FAILED')
    }
    const open = this.#book.add(command, goesTo)
    if (entered === 'started') {
      this.#dispatching.start(open)
    } else {
      turns.queue(commandId)
      this.#dispatching.pump(workerId)
    }
    return { kind: 'queued', commandId }
  }

  #needOf({ commandId, caller, workerId, deviceId, targets }: Command, sizeBytes: number): Need {
    const devices = deviceId === null ? (targets ?? this.#ports.targets.devicesOf(workerId)) : [deviceId]
    return { commandId, caller, workerId, devices, sizeBytes }
  }

  /** Ends a command that waits, and goes on waiting if that can't be written: then it rejects. */
  async #endWaiting(open: OpenCommand, event: CommandEvent): Promise<void> {
    const { turns } = this.#ports
    const { commandId, workerId } = open.command
    turns.withdraw(commandId)
    try {
      await this.#book.end(open, event)
      turns.end(commandId)
    } catch (error) {
      turns.queue(commandId)
      throw error
    } finally {
      this.#dispatching.pump(workerId)
    }
  }

  /** The next sweep tries again. */
  async #tryEndWaiting(open: OpenCommand, event: CommandEvent): Promise<void> {
    try {
      await this.#endWaiting(open, event)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
    }
  }

  /** Ends a command that waits if its time is over or its worker is gone. */
  #expire(open: OpenCommand): void {
    if (!isWaiting(open)) return
    const { targets, clock } = this.#ports
    const target = targets.find(open.command.workerId)
    if (target !== undefined && open.waitsUntil > clock.monotonic()) return
    const event: CommandEvent =
      open.command.sentTo === null ? { on: 'expire', error: expiredError(target) } : { on: 'lose' }
    void this.#pending.track(this.#tryEndWaiting(open, event))
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#ports.clock.after(sweepMs, () => this.#sweep())
  }

  #sweep(): void {
    this.#dispatching.retryDue()
    const waitedFor = new Set<string>()
    for (const open of this.#book.open()) {
      if (!isWaiting(open)) continue
      waitedFor.add(open.command.workerId)
      this.#expire(open)
    }
    for (const workerId of waitedFor) this.#dispatching.pump(workerId)
    void this.#pending.track(this.#book.catchUp())
    this.#book.forgetOld()
    this.#ports.turns.tidy()
    this.#sweepLater()
  }
}

/** Why a command wasn't sent in all its time. */
function expiredError(target: { readonly routable: boolean } | undefined): ErrorCode {
  if (target === undefined) return 'ERR_WORKER_NOT_FOUND'
  return target.routable ? 'ERR_COMMAND_EXPIRED' : 'ERR_WORKER_NOT_ROUTABLE'
}

function sizeOf(command: Command): number {
  return JSON.stringify(command).length
}

function rejected(error: ErrorCode): Submitted {
  return { kind: 'rejected', error }
}
