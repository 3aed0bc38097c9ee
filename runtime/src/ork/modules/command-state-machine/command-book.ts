import type { Clock } from '../../../machine/clock.ts'
import type { CommandRecord } from '../../../protocol/payloads.ts'
import type { Journal, OpenedJournal } from '../../../storage/journal/journal.ts'
import { StoreError } from '../../../storage/store.ts'
import { CommandHistory, type Retention } from './command-history.ts'
import { IdempotencyKeys } from './idempotency-keys.ts'
import { apply, type Command, type CommandEvent, type SentTo } from './machine.ts'
import type { OpenCommand } from './open-command.ts'
import { formatEnded, formatOpen, formatStatus, keyedOf, parseRecord } from './record.ts'

export interface CommandBookPorts {
  readonly journal: Journal
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly retention: Retention
  /** Told of each command that has ended, with what is told of it. */
  readonly onEnd: (command: Command, record: CommandRecord) => void
}

/** Time that a QUEUED command waits for its worker. */
export const queuedForMs = 60_000

/** Every command that is known, in memory and in the journal. */
export class CommandBook {
  readonly keys = new IdempotencyKeys()
  readonly #ports: CommandBookPorts
  readonly #journal: Journal
  readonly #open = new Map<string, OpenCommand>()
  readonly #history: CommandHistory
  /** Those whose end couldn't be written. */
  readonly #behind = new Set<OpenCommand>()

  constructor(ports: CommandBookPorts) {
    this.#ports = ports
    this.#journal = ports.journal
    this.#history = new CommandHistory(ports.retention)
  }

  /**
   * Takes up what the journal knew. Returns the commands that haven't ended, oldest first: they are QUEUED and have all their
   * time again. If the journal may lack writes, none of them provably wasn't sent, and that is written down before anything else is:
   * the next opening finds a whole journal. Rejects with a StoreError for what a newer version wrote, and for what can't be written.
   */
  async recover({
    entries,
    mayLackWrites,
  }: Pick<OpenedJournal, 'entries' | 'mayLackWrites'>): Promise<readonly Command[]> {
    const open: Command[] = []
    for (const { key, record } of entries) {
      const parsed = parseRecord(record)
      if (parsed.kind === 'newer') throw newerError(key)
      const keyed = parsed.kind === 'open' ? keyedOf(parsed.command) : parsed.keyed
      const known = keyed === null ? null : this.keys.add(keyed)
      if (parsed.kind === 'ended') this.#history.add(parsed.record, JSON.stringify(parsed.record), known)
      else open.push(mayLackWrites ? maybeSent(parsed.command) : parsed.command)
    }
    if (mayLackWrites) await this.#rewrite(open)
    this.forgetOld()
    for (const command of open.sort((a, b) => a.createdAt - b.createdAt)) this.add(command, command.sentTo)
    return open
  }

  /** Writes down a command that hasn't ended, and where it may have gone. False if it can't be written, which the journal tells. */
  write(command: Command, recorded: SentTo | null): Promise<boolean> {
    return isWritten(this.#journal.write(command.commandId, formatOpen(command, recorded)))
  }

  /** Knows a command that has been written. */
  add(command: Command, recorded: SentTo | null): OpenCommand {
    const waitsUntil = this.#ports.clock.monotonic() + queuedForMs
    const open: OpenCommand = { command, recorded, waitsUntil, retryAt: 0, ending: null }
    this.#open.set(command.commandId, open)
    return open
  }

  /** Ends the command when that is written. Rejects if it can't be: it hasn't ended then. */
  async end(open: OpenCommand, event: CommandEvent): Promise<void> {
    const command = apply(open.command, event, this.#ports.clock.now())
    open.ending = command
    try {
      await this.#writeEnd(open)
    } catch (error) {
      open.ending = null
      throw error
    }
  }

  /** The same, but an end that can't be written stands, and is written by `catchUp`. */
  async endSurely(open: OpenCommand, event: CommandEvent): Promise<void> {
    open.ending = apply(open.command, event, this.#ports.clock.now())
    await this.#tryEnd(open)
  }

  /** Writes the ends that could not be written before. */
  async catchUp(): Promise<void> {
    const behind = [...this.#behind]
    this.#behind.clear()
    await Promise.all(behind.map((open) => this.#tryEnd(open)))
  }

  find(commandId: string): OpenCommand | undefined {
    return this.#open.get(commandId)
  }

  /** Commands that haven't ended. */
  open(): Iterable<OpenCommand> {
    return this.#open.values()
  }

  status(commandId: string): CommandRecord | undefined {
    const open = this.#open.get(commandId)
    return open === undefined ? this.#history.find(commandId) : formatStatus(open.command)
  }

  /** How many commands are remembered that have ended. */
  get ended(): number {
    return this.#history.size
  }

  /** Forgets commands that ended long ago. */
  forgetOld(): void {
    for (const { commandId, known } of this.#history.forget(this.#ports.clock.now())) {
      this.#journal.forget(commandId)
      if (known !== null) this.keys.forget(known)
    }
  }

  async #rewrite(open: readonly Command[]): Promise<void> {
    await Promise.all(
      open.map((command) => this.#journal.write(command.commandId, formatOpen(command, command.sentTo))),
    )
  }

  async #tryEnd(open: OpenCommand): Promise<void> {
    if (!(await isWritten(this.#writeEnd(open)))) this.#behind.add(open)
  }

  async #writeEnd(open: OpenCommand): Promise<void> {
    const command = open.ending
    if (command === null) return
    const record = formatStatus(command)
    const shown = JSON.stringify(record)
    await this.#journal.write(command.commandId, formatEnded(command, shown))
    this.#open.delete(command.commandId)
    const keyed = keyedOf(command)
    this.#history.add(record, shown, keyed === null ? null : (this.keys.find(keyed) ?? null))
    if (this.#history.isOverfull) this.forgetOld()
    this.#ports.onEnd(command, record)
  }
}

/** Whether a write went well. Rejects for bugs only. */
async function isWritten(write: Promise<void>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof StoreError) return false
    throw error
  }
}

function newerError(commandId: string): StoreError {
  return new StoreError(
    `the command ${commandId} was written by a newer version of ORK; run that version, or take the folder of commands away, ` +
      'which gives up what they came to',
  )
}

function maybeSent(command: Command): Command {
  return { ...command, sentTo: command.sentTo ?? { publicKey: '', instanceId: null, since: command.createdAt } }
}
