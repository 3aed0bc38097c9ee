/**
 * Watches over a process that lacks something which discovery should have brought: after a while it has the cause looked for,
 * tells it once, and looks again now and then for as long as that lasts.
 *
 * V1  Nothing runs while nothing is lacking.
 * V2  At most one examination is under way; one that is overtaken by recovery is given up and tells nothing.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Diagnosis } from '../contract/diagnosis.ts'
import { type Log, logField } from '../log.ts'
import { type Backoff, backoffMs } from '../machine/backoff.ts'
import type { Clock } from '../machine/clock.ts'
import type { Random } from '../machine/random.ts'

export interface Vigil {
  /** Says whether something is lacking. May be said as often as one likes; only a change matters. */
  see(lacking: boolean): void
  /** What was lacking came, if only for a moment: the patience begins anew. */
  refresh(): void
  diagnosis(): Diagnosis | null
  close(): void
}

export interface VigilOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Looks for the cause; null if it finds none. */
  readonly examine: (signal: AbortSignal) => Promise<Diagnosis | null>
  readonly onChange?: (diagnosis: Diagnosis | null) => void
}

/** How long something may be lacking before the cause is looked for. */
export const patienceMs = 15_000
/** Time between two examinations. */
const again: Backoff = { firstMs: 15_000, limitMs: 60_000 }

export function startVigil(options: VigilOptions): Vigil {
  return new Watch(options)
}

class Watch implements Vigil {
  readonly #options: VigilOptions
  #diagnosis: Diagnosis | null = null
  #lacking = false
  #closed = false
  #examinations = 0
  /** Since when something is lacking without a break; null once a cause is looked for. */
  #patientSince: number | null = null
  #cancelTimer = nothing
  #underWay = new AbortController()

  constructor(options: VigilOptions) {
    this.#options = options
  }

  diagnosis(): Diagnosis | null {
    return this.#diagnosis
  }

  see(lacking: boolean): void {
    if (this.#closed || lacking === this.#lacking) return
    this.#lacking = lacking
    if (!lacking) this.#end()
    else {
      this.#patientSince = this.#options.clock.monotonic()
      this.#wait(patienceMs)
    }
  }

  refresh(): void {
    if (!this.#lacking) return
    // A worker says this with each call that comes: the timer goes on and finds out.
    if (this.#patientSince !== null) this.#patientSince = this.#options.clock.monotonic()
    else {
      this.see(false)
      this.see(true)
    }
  }

  close(): void {
    this.#closed = true
    this.#stop()
  }

  #end(): void {
    this.#stop()
    this.#examinations = 0
    this.#set(null)
  }

  #stop(): void {
    this.#cancelTimer()
    this.#underWay.abort()
  }

  #wait(delayMs: number): void {
    this.#cancelTimer = this.#options.clock.after(delayMs, () => this.#onTimer())
  }

  #onTimer(): void {
    const since = this.#patientSince ?? Number.NEGATIVE_INFINITY
    const leftMs = patienceMs - (this.#options.clock.monotonic() - since)
    if (leftMs > 0) this.#wait(leftMs)
    else void this.#examine()
  }

  async #examine(): Promise<void> {
    const { examine, log, random } = this.#options
    const attempt = new AbortController()
    this.#patientSince = null
    this.#underWay = attempt
    const found = await examine(attempt.signal).catch((error: unknown) => {
      log.error({ [logField.error]: error }, 'looking for a cause failed')
      return this.#diagnosis
    })
    // V2
    if (attempt.signal.aborted) return
    this.#set(found)
    this.#examinations += 1
    this.#wait(backoffMs(this.#examinations, again, random))
  }

  #set(next: Diagnosis | null): void {
    if (isDeepStrictEqual(next, this.#diagnosis)) return
    const { log, onChange } = this.#options
    this.#diagnosis = next
    if (next === null) log.info('nothing is lacking any more')
    else log.warn({ [logField.code]: next.code, cause: next.cause, remedy: next.remedy }, 'discovery is impaired')
    onChange?.(next)
  }
}

function nothing(): void {
  // There is nothing to cancel yet.
}
