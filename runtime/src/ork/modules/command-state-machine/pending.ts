/** Counts what is under way, so that one can wait for its end. */
export class Pending {
  readonly #waiters: (() => void)[] = []
  #count = 0

  /** Counts it until it settles, and gives it back. */
  async track<Value>(work: Promise<Value>): Promise<Value> {
    this.#count += 1
    try {
      return await work
    } finally {
      this.#count -= 1
      if (this.#count === 0) for (const resolve of this.#waiters.splice(0)) resolve()
    }
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }
}
