import type { CommandRecord } from '../../../protocol/payloads.ts'
import type { Known } from './idempotency-keys.ts'

/** How long and how many commands that have ended can be asked for, and how large what is told of them may be together. */
export interface Retention {
  /** Read whenever it is time to forget, so that another answer counts from then on. */
  readonly forMs: () => number
  readonly count: number
  readonly sizeBytes: number
}

/** What counts where a site sets nothing. */
export const usualRetention: Retention = { forMs: () => 86_400_000, count: 20_000, sizeBytes: 32 * 1024 * 1024 }

/** What is told of a command, as JSON: of thousands, a text each keeps the collector less busy than an object each. */
interface Ended {
  readonly shown: string
  /** Milliseconds since the epoch. */
  readonly updatedAt: number
  /** What is known of its key; null if it had none. */
  readonly known: Known | null
}

export interface Forgotten extends Pick<Ended, 'known'> {
  readonly commandId: string
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

  /** `shown`: its record as JSON. */
  add(
    { commandId, updatedAt }: Pick<CommandRecord, 'commandId' | 'updatedAt'>,
    shown: string,
    known: Known | null,
  ): void {
    this.#ended.set(commandId, { shown, updatedAt, known })
    this.#sizeBytes += shown.length
  }

  /** Whether so many more than are kept are here that it is time to forget: one by one would cost more. */
  get isOverfull(): boolean {
    return this.#ended.size > this.#retention.count * 1.02
  }

  find(commandId: string): CommandRecord | undefined {
    const ended = this.#ended.get(commandId)
    return ended === undefined ? undefined : (JSON.parse(ended.shown) as CommandRecord)
  }

  /** Forgets what nobody may ask for any more, and says what that is. */
  forget(now: number): readonly Forgotten[] {
    const forgotten: Forgotten[] = []
    for (const [commandId, ended] of this.#ended) {
      if (!this.#isOver(ended, now)) break
      this.#ended.delete(commandId)
      this.#sizeBytes -= ended.shown.length
      forgotten.push({ commandId, known: ended.known })
    }
    return forgotten
  }

  #isOver({ updatedAt }: Ended, now: number): boolean {
    const { forMs, count, sizeBytes } = this.#retention
    return this.#ended.size > count || this.#sizeBytes > sizeBytes || updatedAt + forMs() <= now
  }
}
