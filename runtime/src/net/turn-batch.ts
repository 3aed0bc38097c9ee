import { setImmediate as nextTurn } from 'node:timers/promises'

/** What holds messages back, and lets them go as one. */
export interface Corkable {
  cork(): void
  uncork(): void
}

/** So many bytes of replies go together; a larger reply goes when it is ready. */
export const togetherBytes = 65_536

/**
 * Sends the replies of one turn of the event loop as one message: encrypting, sending and receiving are paid once for all of
 * them, which at 64 requests under way halves the CPU of both sides. A reply to the only request under way goes at once.
 *
 * Requests don't go together: who gets several in one message holds back all replies until the last of them is ready, so that
 * one slow device would keep everybody waiting.
 */
export class RepliesTogether {
  readonly #channel: Corkable
  readonly #isOpen: () => boolean
  #underWay = 0
  /** Bytes that are held back; null while nothing is. */
  #held: number | null = null

  constructor(channel: Corkable, isOpen: () => boolean) {
    this.#channel = channel
    this.#isOpen = isOpen
  }

  /** Gives the reply, which is sent as soon as this resolves. `answer` never rejects. */
  async add(answer: () => Promise<Buffer>): Promise<Buffer> {
    this.#underWay += 1
    const reply = await answer()
    this.#underWay -= 1
    this.#expect(reply.length)
    return reply
  }

  #expect(sizeBytes: number): void {
    if (this.#held !== null && this.#held + sizeBytes > togetherBytes) this.#letGo()
    if (sizeBytes > togetherBytes) return
    if (this.#held !== null) this.#held += sizeBytes
    else if (this.#underWay > 0) {
      this.#held = sizeBytes
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
