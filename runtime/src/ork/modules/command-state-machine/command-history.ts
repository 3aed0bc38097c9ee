import type { CommandRecord } from '../../../protocol/payloads.ts'

/** How long and how many commands that have ended can be asked for, and how large their results may be together. */
export interface Retention {
  /** Read whenever it is time to forget, so that another answer counts from then on. */
  readonly forMs: () => number
  readonly count: number
  readonly sizeBytes: number
}

export const usualRetention: Retention = { forMs: () => 86_400_000, count: 20_000, sizeBytes: 32 * 1024 * 1024 }

interface Ended {
  readonly record: CommandRecord
  readonly sizeBytes: number
}

/** Commands that have ended. Those that are too old, too many or too large together are forgotten, the first that ended first. */
export class CommandHistory {
  readonly #retention: Retention
  /** In the order in which they ended. */
  readonly #ended = new Map<string, Ended>()
  #sizeBytes = 0

  constructor(retention: Retention) {
    this.#retention = retention
  }

  get size(): number {
    return this.#ended.size
  }

  add(record: CommandRecord, sizeBytes: number): void {
    this.#ended.set(record.commandId, { record, sizeBytes })
    this.#sizeBytes += sizeBytes
  }

  /** Whether so many more than are kept are here that it is time to forget: one by one would cost more. */
  get isOverfull(): boolean {
    return this.#ended.size > this.#retention.count * 1.1
  }

  find(commandId: string): CommandRecord | undefined {
    return this.#ended.get(commandId)?.record
  }

  /** Forgets what nobody may ask for any more, and gives the ids. */
  forget(now: number): readonly string[] {
    const forgotten: string[] = []
    for (const [commandId, { record, sizeBytes }] of this.#ended) {
      if (!this.#isOver(record, now)) break
      this.#ended.delete(commandId)
      this.#sizeBytes -= sizeBytes
      forgotten.push(commandId)
    }
    return forgotten
  }

  #isOver({ updatedAt }: CommandRecord, now: number): boolean {
    const { forMs, count, sizeBytes } = this.#retention
    return this.#ended.size > count || this.#sizeBytes > sizeBytes || updatedAt + forMs() <= now
  }
}
