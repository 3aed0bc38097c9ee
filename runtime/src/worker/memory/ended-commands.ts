import type { CommandRecord } from './command-record.ts'

/** Another limit needs another `headVersion`: a memory that was trimmed to a smaller one wouldn't know it. */
export interface MemoryLimits {
  readonly commands: number
  readonly chars: number
}

/**
 * Some hundred devices that take a second for a command: this is minutes of the most that they can do, and months of what they do.
 * It takes 25 MB of memory, and 80 MB on disk at the most. How far it reaches back doesn't matter to our ORK, which says of a repeat
 * that it is one, and stops after ten minutes: `forgottenUntil` keeps what may have been forgotten from being run. Upstream's kernel
 * doesn't say, but repeats within 40 s only: it would have to be more than 1,250 commands a second to one worker.
 */
const defaultLimits: MemoryLimits = { commands: 50_000, chars: 16 * 1024 * 1024 }
/** A larger result isn't remembered, only that there was one. Drivers' results are some 50 characters. */
const maxResultChars = 16_384
const maxErrorChars = 1_000
/** The most that one command counts: its key, its result and what is around them. */
const maxEntryChars = maxResultChars + 1_024

/** The commands that ended, in the order in which they did. */
export class EndedCommands {
  readonly #limits: MemoryLimits
  readonly #kept = new Map<string, Kept>()
  #chars = 0

  constructor(limits: MemoryLimits = defaultLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#kept.size
  }

  find(key: string): CommandRecord | undefined {
    return this.#kept.get(key)?.record
  }

  /** Puts a command at the end. */
  add(key: string, record: CommandRecord): void {
    this.#remove(key)
    const kept = keep(key, record)
    this.#kept.set(key, kept)
    this.#chars += kept.chars
  }

  /** Forgets what ended first, until the rest is within the limits. Returns the keys of what it forgot. */
  trim(): readonly string[] {
    const forgotten: string[] = []
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= this.#limits.commands && this.#chars <= this.#limits.chars) break
      this.#remove(key)
      forgotten.push(key)
    }
    return forgotten
  }

  /**
   * No command that ended later than this (ms since the epoch) was forgotten. Follows from what is here: as long as there is room
   * for any other command nothing was forgotten, since what makes room is forgotten no earlier than it must be.
   */
  get forgottenUntil(): number {
    const { commands, chars } = this.#limits
    if (this.#kept.size < commands && this.#chars <= chars - maxEntryChars) return Number.NEGATIVE_INFINITY
    const [oldest] = this.#kept.values()
    return oldest?.record.at ?? Number.NEGATIVE_INFINITY
  }

  #remove(key: string): void {
    this.#chars -= this.#kept.get(key)?.chars ?? 0
    this.#kept.delete(key)
  }
}

interface Kept {
  readonly record: CommandRecord
  readonly chars: number
}

function keep(key: string, record: CommandRecord): Kept {
  switch (record.status) {
    case 'STARTED':
      return { record, chars: key.length }
    case 'SUCCESS': {
      const { length } = JSON.stringify(record.result)
      if (length <= maxResultChars) return { record, chars: key.length + length }
      return { record: { ...record, result: { omittedChars: length } }, chars: key.length }
    }
    case 'FAILED': {
      const error = record.error.slice(0, maxErrorChars)
      return { record: { ...record, error }, chars: key.length + error.length }
    }
  }
}
