import type { Clock } from '../../../machine/clock.ts'
import type { Store } from '../../../storage/store.ts'
import { apply, type Command, type CommandEvent, isFinal, resume } from './machine.ts'
import { formatRow, parseRow } from './record.ts'

/** How long and how many finished commands can be asked for, and how large all of them together may be, as JSON. */
export const retention = { forMs: 3_600_000, count: 10_000, chars: 64 * 1024 * 1024 }

/** A command and its size. */
interface Kept {
  readonly command: Command
  readonly chars: number
}

/** How long a command is on disk. */
export function charsOf(command: Command): number {
  return JSON.stringify(formatRow(command)).length
}

/** Every command that is known, in memory and on disk. Where the disk is behind, `catchUp` makes it follow. */
export class CommandBook {
  readonly #store: Store
  readonly #clock: Clock
  readonly #commands = new Map<string, Kept>()
  /** Ids of finished commands, the first that finished first. */
  readonly #finished = new Set<string>()
  /** Ids of commands whose last write failed. */
  readonly #behind = new Set<string>()
  /** Ids of commands that are on disk and that nobody may ask for any more. */
  #outdated: readonly string[] = []
  #openChars = 0

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /**
   * Loads what is on disk and settles what can't go on as it was; `catchUp` and `clear` write that down. Returns those that
   * wait to be sent, oldest first.
   */
  async recover(): Promise<readonly Command[]> {
    const now = this.#clock.now()
    const kept: Command[] = []
    const outdated: string[] = []
    for await (const { key, value } of this.#store.entries()) {
      const stored = parseRow(value)
      if (isOutdated(stored, now)) {
        outdated.push(key)
        continue
      }
      const resumed = resume(stored, now)
      if (resumed.state !== stored.state) this.#behind.add(key)
      kept.push(resumed)
    }
    this.#outdated = outdated
    for (const command of kept.sort((a, b) => a.updatedAt - b.updatedAt)) this.#set(command)
    return kept.filter(({ state }) => state === 'QUEUED').sort((a, b) => a.createdAt - b.createdAt)
  }

  /** Writes a new command down, then knows it. Rejects if it can't be written: it isn't known then. */
  async open(command: Command): Promise<void> {
    await this.#store.put(command.commandId, formatRow(command))
    this.#set(command)
  }

  find(commandId: string): Command | undefined {
    return this.#commands.get(commandId)?.command
  }

  /** How large the commands are, all together, that haven't ended. */
  get openChars(): number {
    return this.#openChars
  }

  /** Applies the event in memory. Throws for a command that isn't known. */
  advance(commandId: string, event: CommandEvent): Command {
    const command = this.#after(commandId, event)
    this.#set(command)
    return command
  }

  /** Writes the command as it is now. Rejects if it can't be written. */
  async save({ commandId }: Command): Promise<void> {
    const command = this.find(commandId)
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
    const behind = [...this.#behind].flatMap((commandId) => this.find(commandId) ?? [])
    if (behind.length > 0) await this.#write(behind)
  }

  /** Clears finished commands that are too old or too many. Rejects if the disk can't follow; it will on the next call. */
  async clear(): Promise<void> {
    const finished = [...this.#finished].flatMap((id) => this.#commands.get(id) ?? [])
    const cleared = decideCleared(finished, this.#clock.now())
    const outdated = this.#outdated
    if (cleared.length + outdated.length === 0) return
    await this.#store.batch([...cleared, ...outdated].map((key) => ({ type: 'del', key })))
    this.#outdated = []
    for (const commandId of cleared) {
      this.#commands.delete(commandId)
      this.#finished.delete(commandId)
      this.#behind.delete(commandId)
    }
  }

  #after(commandId: string, event: CommandEvent): Command {
    const before = this.find(commandId)
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
    const { commandId } = command
    const before = this.#commands.get(commandId)
    const kept = { command, chars: charsOf(command) }
    this.#openChars += openCharsOf(kept) - openCharsOf(before)
    this.#commands.set(commandId, kept)
    if (isFinal(command.state)) this.#finished.add(commandId)
  }
}

function openCharsOf(kept: Kept | undefined): number {
  return kept === undefined || isFinal(kept.command.state) ? 0 : kept.chars
}

function isOutdated({ state, updatedAt }: Command, now: number): boolean {
  return isFinal(state) && updatedAt + retention.forMs <= now
}

/** Ids of those to clear, of finished commands in the order in which they finished. */
export function decideCleared(finished: readonly Kept[], now: number): readonly string[] {
  let count = 0
  let chars = 0
  const cleared = finished.toReversed().filter((kept) => {
    count += 1
    chars += kept.chars
    return count > retention.count || chars > retention.chars || isOutdated(kept.command, now)
  })
  return cleared.map(({ command }) => command.commandId).reverse()
}
