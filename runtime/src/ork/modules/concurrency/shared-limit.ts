/**
 * A limit that callers share. A caller that holds less than its share (the limit divided by the callers that hold anything) has
 * room even when others have taken all of it, so that nobody who floods keeps others out. All together they hold at most
 * `limit · (1 + 1/2 + … + 1/callers)`: with ten callers three times the limit. A limit that is lowered takes nothing from anybody.
 */
export class SharedLimit {
  readonly #limit: () => number
  readonly #held = new Map<string, number>()
  #total = 0

  /** Read whenever room is asked for. */
  constructor(limit: () => number) {
    this.#limit = limit
  }

  get total(): number {
    return this.#total
  }

  hasRoom(caller: string, amount: number): boolean {
    const limit = this.#limit()
    if (this.#total + amount <= limit) return true
    const own = this.#held.get(caller) ?? 0
    const callers = this.#held.size + (own === 0 ? 1 : 0)
    return callers > 1 && own + amount <= limit / callers
  }

  /** Takes it, whether there is room or not. */
  take(caller: string, amount: number): void {
    this.#total += amount
    this.#held.set(caller, (this.#held.get(caller) ?? 0) + amount)
  }

  giveBack(caller: string, amount: number): void {
    this.#total -= amount
    const left = (this.#held.get(caller) ?? 0) - amount
    if (left > 0) this.#held.set(caller, left)
    else this.#held.delete(caller)
  }
}
