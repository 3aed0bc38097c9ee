import { backoffMs } from '../../../machine/backoff.ts'
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import type { CommandResult, Repeat } from '../../../protocol/payloads.ts'
import type { CommandTarget, CommandTargets } from '../../ports/command-targets.ts'
import type { Turns } from '../../ports/turns.ts'
import type { Answer, WorkerChannel } from '../../ports/worker-channel.ts'
import { type CommandBook, queuedForMs } from './command-book.ts'
import { decideRetry, decideSend, isSameInstance, retryBackoff } from './decide-send.ts'
import type { Command, CommandEvent, SentTo } from './machine.ts'
import { advance, type OpenCommand } from './open-command.ts'
import { outcomeOf } from './outcome.ts'
import { Pending } from './pending.ts'

export interface DispatchingPorts {
  readonly book: CommandBook
  readonly turns: Turns
  readonly targets: Pick<CommandTargets, 'find'>
  readonly channel: WorkerChannel
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly random: Random
  /** Told of each command that is tried again. */
  readonly onRetry: (command: Command) => void
}

/** Upstream's limit; a worker answers when the device has. */
const commandTimeoutMs = 30_000

/** Sends each command when it is its turn, and sees to what comes back. */
export class Dispatching {
  readonly #ports: DispatchingPorts
  /** Those in TIMEOUT that are tried again. */
  readonly #backingOff = new Set<OpenCommand>()
  readonly #pending = new Pending()
  #stopped = false

  constructor(ports: DispatchingPorts) {
    this.#ports = ports
  }

  get stopped(): boolean {
    return this.#stopped
  }

  /** M6. Sends what waits for the worker, if it can be reached. */
  pump(workerId: string): void {
    while (!this.#stopped && this.#ports.targets.find(workerId)?.routable === true) {
      const commandId = this.#ports.turns.take(workerId)
      if (commandId === undefined) return
      const open = this.#ports.book.find(commandId)
      if (open === undefined) throw new Error(`the command ${commandId} has a turn and isn't known`)
      this.start(open)
    }
  }

  /** Sends a command that has its turn. */
  start(open: OpenCommand): void {
    void this.#pending.track(this.#dispatch(open))
  }

  /** Lets commands have another try whose time has come. */
  retryDue(): void {
    const now = this.#ports.clock.monotonic()
    for (const open of this.#backingOff) {
      if (open.retryAt > now) continue
      this.#backingOff.delete(open)
      this.#advance(open, { on: 'retry' })
      open.waitsUntil = now + queuedForMs
      this.#ports.onRetry(open.command)
      this.#ports.turns.yield(open.command.commandId)
      this.pump(open.command.workerId)
    }
  }

  /** Nothing is sent any more. Answers count until `settled`. */
  stop(): void {
    this.#stopped = true
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#pending.settled()
  }

  async #dispatch(open: OpenCommand): Promise<void> {
    const { turns, clock } = this.#ports
    const { commandId, workerId } = open.command
    const target = this.#reach(open)
    if (target === null) {
      turns.yield(commandId)
      return
    }
    // M2
    if (decideSend(open.command, target.instance, clock.now()) === 'lose') return this.#end(open, { on: 'lose' })
    this.#advance(open, { on: 'dispatch' })
    const recorded = this.#isRecorded(open, target) || (await this.#record(open, target))
    if (!recorded || !this.#isStill(open, target)) {
      this.#advance(open, { on: 'unsent', sentTo: open.command.sentTo })
      turns.yield(commandId)
      // What can't be written is tried again by the next sweep, and not at once.
      if (recorded) this.pump(workerId)
      return
    }
    await this.#send(open, open.recorded ?? { ...target.instance, since: clock.now() })
  }

  /** Whoever is asked in the same turn of the event loop is who is reached. */
  #reach({ command: { workerId } }: OpenCommand): CommandTarget | null {
    const target = this.#stopped ? undefined : this.#ports.targets.find(workerId)
    return target?.routable === true ? target : null
  }

  /** M4 */
  #isRecorded({ recorded }: OpenCommand, { instance }: CommandTarget): boolean {
    return recorded !== null && isSameInstance(recorded, instance)
  }

  #isStill(open: OpenCommand, { instance }: CommandTarget): boolean {
    const target = this.#reach(open)
    return target !== null && isSameInstance(target.instance, instance)
  }

  async #record(open: OpenCommand, { instance }: CommandTarget): Promise<boolean> {
    const { book, clock } = this.#ports
    const recorded = { ...instance, since: clock.now() }
    const written = await book.write(open.command, recorded)
    if (written) open.recorded = recorded
    return written
  }

  async #send(open: OpenCommand, sentTo: SentTo): Promise<void> {
    const before = open.command.sentTo
    this.#advance(open, { on: 'send', sentTo })
    const answer = await this.#ask(open.command, before)
    const outcome = outcomeOf(open.command.commandId, answer)
    switch (outcome.on) {
      case 'unsent':
        return this.#takeBack(open, before)
      case 'timeout':
        return this.#onTimeout(open, outcome.ran ? sentTo : before)
      case 'succeed':
      case 'fail':
        return this.#end(open, outcome)
    }
  }

  #ask(asked: Command, before: SentTo | null): Promise<Answer<CommandResult>> {
    const { workerId, commandId, command, params, scope, targets, deviceId, correlationId } = asked
    const repeat = repeatOf(asked, before, this.#ports.clock.now())
    const more = { ...(targets !== null && { targets }), ...(repeat !== null && { repeat }) }
    const payload = { commandId, command, params, scope, workerId, ...more }
    const named = { ...(deviceId !== null && { deviceId }), ...(correlationId !== null && { correlationId }) }
    return this.#ports.channel.ask(workerId, 'command.request', payload, { timeoutMs: commandTimeoutMs, ...named })
  }

  /** It wasn't sent after all, and waits until it can be. */
  async #takeBack(open: OpenCommand, before: SentTo | null): Promise<void> {
    this.#advance(open, { on: 'unsent', sentTo: before })
    this.#ports.turns.yield(open.command.commandId)
    if (before !== null) return
    // Until this is written a restart takes it for sent, which is safe.
    open.recorded = null
    await this.#ports.book.write(open.command, null)
  }

  /** After `stop` its record, as it is, says to the next process all there is to know. */
  async #onTimeout(open: OpenCommand, sentTo: SentTo | null): Promise<void> {
    if (this.#stopped) return
    const { clock, random } = this.#ports
    this.#advance(open, { on: 'timeout', sentTo })
    if (decideRetry(open.command) === 'lose') return this.#end(open, givenUp(sentTo))
    open.retryAt = clock.monotonic() + backoffMs(open.command.retries + 1, retryBackoff, random)
    this.#backingOff.add(open)
  }

  /** Its device is free at once; that it has ended counts when it is on disk (M5). */
  async #end(open: OpenCommand, event: CommandEvent): Promise<void> {
    const written = this.#ports.book.endSurely(open, event)
    this.#ports.turns.end(open.command.commandId)
    this.pump(open.command.workerId)
    await written
  }

  #advance(open: OpenCommand, event: CommandEvent): void {
    advance(open, event, this.#ports.clock.now())
  }
}

function givenUp(sentTo: SentTo | null): CommandEvent {
  return sentTo === null ? { on: 'expire', error: 'ERR_WORKER_NOT_ROUTABLE' } : { on: 'lose' }
}

/** What the worker must know of a command that it may have got before; an idempotent one it may run again whatever it remembers. */
function repeatOf({ idempotent }: Command, before: SentTo | null, now: number): Repeat | null {
  if (before === null || before.instanceId === null || idempotent) return null
  return { instanceId: before.instanceId, ageMs: Math.max(0, now - before.since) }
}
