import { setImmediate as nextTurn } from 'node:timers/promises'

/** What holds messages back, and lets them go as one. */
export interface Corkable {
  cork(): void
  uncork(): void
}

/** So many bytes go together; a larger message goes when it is ready. */
export const togetherBytes = 65_536
/** So many messages go together. With all of them at once each side would stand still while the other works. */
export const togetherCount = 16

/**
 * Sends the messages of one turn of the event loop as one: encrypting, sending and receiving are paid once for all of them, which
 * at 64 requests under way halves the CPU of both sides. What is alone goes at once.
 */
export class TurnBatch {
  readonly #channel: Corkable
  readonly #isOpen: () => boolean
  /** What is held back; null while nothing is. */
  #held: { bytes: number; count: number } | null = null

  constructor(channel: Corkable, isOpen: () => boolean) {
    this.#channel = channel
    this.#isOpen = isOpen
  }

  /** A message of this size is sent next. `more`: others are under way, so that some may follow in this turn. */
  expect(sizeBytes: number, more: boolean): void {
    const held = this.#held
    if (held !== null && (held.bytes + sizeBytes > togetherBytes || held.count === togetherCount)) this.#letGo()
    if (sizeBytes > togetherBytes) return
    if (this.#held !== null) {
      this.#held.bytes += sizeBytes
      this.#held.count += 1
    } else if (more) {
      this.#held = { bytes: sizeBytes, count: 1 }
      this.#channel.cork()
      void nextTurn().then(() => this.#letGo())
    }
  }

  #letGo(): void {
    if (this.#held === null) return
    this.#held = null
    if (this.#isOpen()) this.#channel.uncork()
  }
}
