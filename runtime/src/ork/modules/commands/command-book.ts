import type { Clock } from '../../../machine/clock.ts'
import type { Store } from '../../../storage/store.ts'
import { apply, type Command, type CommandEvent, isFinal, resume } from './machine.ts'
import { formatRow, parseRow } from './record.ts'

/** How long and how many finished commands can be asked for. */
export const retention = { forMs: 3_600_000, count: 10_000 }

/**
 * Every command that is known, in memory and on disk. What is in memory is never behind the disk; `save` makes the disk
 * catch up.
 */
export class CommandBook {
  readonly #store: Store
  readonly #clock: Clock
  readonly #commands = new Map<string, Command>()
  /** Ids of finished commands, the first that finished first. */
  readonly #finished = new Set<string>()

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
    const before = this.#commands.get(commandId)
    if (before === undefined) throw new Error(`there is no command ${commandId}`)
    const command = apply(before, event, this.#clock.now())
    this.#set(command)
    return command
  }

  /** Writes the command as it is now. Rejects if it can't be written. */
  async save({ commandId }: Command): Promise<void> {
    const command = this.#commands.get(commandId)
    if (command !== undefined) await this.#store.put(commandId, formatRow(command))
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
