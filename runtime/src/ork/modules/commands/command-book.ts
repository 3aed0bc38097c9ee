import type { Clock } from '../../../machine/clock.ts'
import type { Store } from '../../../storage/store.ts'
import { apply, type Command, type CommandEvent, isFinal, resume } from './machine.ts'
import { formatRow, parseRow } from './record.ts'

/** How long and how many finished commands can be asked for. */
export const retention = { forMs: 3_600_000, count: 10_000 }

/** Every command that is known, in memory and on disk. Where the disk is behind, `catchUp` makes it follow. */
export class CommandBook {
  readonly #store: Store
  readonly #clock: Clock
  readonly #commands = new Map<string, Command>()
  /** Ids of finished commands, the first that finished first. */
  readonly #finished = new Set<string>()
  /** Ids of commands whose last write failed. */
  readonly #behind = new Set<string>()

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Loads what is on disk and settles what can't go on as it was. Returns those that wait to be sent, oldest first. */
  async recover(): Promise<readonly Command[]> {
    const now = this.#clock.now()
    const stored: Command[] = []
    for await (const { value } of this.#store.entries()) stored.push(parseRow(value))
    const resumed = stored.map((command) => resume(command, now))
    const changed = resumed.filter((command, index) => command.state !== stored[index]?.state)
    await this.#store.batch(
      changed.map((command) => ({ type: 'put', key: command.commandId, value: formatRow(command) })),
    )
    for (const command of resumed.sort((a, b) => a.updatedAt - b.updatedAt)) this.#set(command)
    return resumed.filter(({ state }) => state === 'QUEUED').sort((a, b) => a.createdAt - b.createdAt)
  }

  /** Writes a new command down, then knows it. Rejects if it can't be written: it isn't known then. */
  async open(command: Command): Promise<void> {
    await this.#store.put(command.commandId, formatRow(command))
    this.#set(command)
  }

  find(commandId: string): Command | undefined {
    return this.#commands.get(commandId)
  }

  /** Applies the event in memory. Throws for a command that isn't known. */
  advance(commandId: string, event: CommandEvent): Command {
    const command = this.#after(commandId, event)
    this.#set(command)
    return command
  }

  /** Writes the command as it is now. Rejects if it can't be written. */
  async save({ commandId }: Command): Promise<void> {
    const command = this.#commands.get(commandId)
    if (command !== undefined) await this.#write([command])
  }

  /** Writes what the event makes of the command, then applies it. Rejects if it can't be written: nothing has happened then. */
  async settle(commandId: string, event: CommandEvent): Promise<Command> {
    const command = this.#after(commandId, event)
    await this.#write([command])
    this.#set(command)
    return command
  }

  /** Writes what could not be written before. Rejects if it still can't be. */
  async catchUp(): Promise<void> {
    const behind = [...this.#behind].flatMap((commandId) => this.#commands.get(commandId) ?? [])
    if (behind.length > 0) await this.#write(behind)
  }

  /** Clears finished commands that are too old or too many. Rejects if the disk can't follow; it will on the next call. */
  async clear(): Promise<void> {
    const cleared = decideCleared(
      [...this.#finished].flatMap((id) => this.#commands.get(id) ?? []),
      this.#clock.now(),
    )
    if (cleared.length === 0) return
    await this.#store.batch(cleared.map((key) => ({ type: 'del', key })))
    for (const commandId of cleared) {
      this.#commands.delete(commandId)
      this.#finished.delete(commandId)
      this.#behind.delete(commandId)
    }
  }

  #after(commandId: string, event: CommandEvent): Command {
    const before = this.#commands.get(commandId)
    if (before === undefined) throw new Error(`there is no command ${commandId}`)
    return apply(before, event, this.#clock.now())
  }

  /** A later write of the same command is later on disk too, so whoever writes its newest state makes it catch up. */
  async #write(commands: readonly Command[]): Promise<void> {
    for (const { commandId } of commands) this.#behind.delete(commandId)
    try {
      await this.#store.batch(
        commands.map((command) => ({ type: 'put', key: command.commandId, value: formatRow(command) })),
      )
    } catch (error) {
      for (const { commandId } of commands) this.#behind.add(commandId)
      throw error
    }
  }

  #set(command: Command): void {
    this.#commands.set(command.commandId, command)
    if (isFinal(command.state)) this.#finished.add(command.commandId)
  }
}

/** Ids of those to clear, of finished commands in the order in which they finished. */
export function decideCleared(finished: readonly Command[], now: number): readonly string[] {
  const tooMany = finished.length - retention.count
  return finished
    .filter(({ updatedAt }, index) => index < tooMany || updatedAt + retention.forMs <= now)
    .map(({ commandId }) => commandId)
}
