import { backoffMs } from '../../../machine/backoff.ts'
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import type { Job, JobSpec, Next } from '../../ports/scheduler.ts'

export interface JobPorts {
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
  readonly random: Random
  /** A turn has ended; `crash` is what it rejected with. */
  readonly onTurn: (tookMs: number, crash: { readonly error: unknown } | null) => void
  /** Turns that should have begun and didn't, as the one before took too long, or this process had no time. */
  readonly onSkipped: (turns: number) => void
}

/** A turn that is due at a time, one of many at a cadence. */
interface Tick {
  readonly dueAt: number
  readonly everyMs: number
}

interface Timer {
  readonly dueAt: number
  readonly cancel: () => void
}

interface Turn {
  readonly startedAt: number
  again: boolean
  forgotten: boolean
}

/** Keys that began together come apart. */
const jitter = 0.2
/** A key whose turns crash every time has ever fewer: alone it doesn't use up what its job may crash. */
const afterCrash = { firstMs: 1_000, limitMs: 60_000 }

/**
 * The turns of one job. Invariants:
 *   J1 a key's turns never overlap; a key that is woken meanwhile has one more turn afterwards
 *   J2 at most `limit` turns are under way; those that fall due beyond that wait, longest waiting first
 *   J3 a deleted key has no further turn, unless it is woken again
 *   J4 turns that are late melt into one, which begins at once; the others are skipped and counted
 *   J5 a turn that crashes stops neither its key nor the job, and waking the key doesn't make its next turn come sooner
 */
export class ScheduledJob implements Job {
  readonly #spec: JobSpec
  readonly #ports: JobPorts
  readonly #timers = new Map<string, Timer>()
  readonly #waiting = new Map<string, Tick | null>()
  readonly #running = new Map<string, Turn>()
  readonly #crashes = new Map<string, number>()
  #closed = false

  constructor(spec: JobSpec, ports: JobPorts) {
    this.#spec = spec
    this.#ports = ports
  }

  /** J5 */
  wake(key: string): void {
    const isBackingOff = this.#crashes.has(key) && this.#timers.has(key)
    if (!isBackingOff) this.#fallDue(key, null)
  }

  wakeAfter(key: string, delayMs: number): void {
    this.#arm(key, delayMs, null)
  }

  /** J3 */
  delete(key: string): void {
    this.#disarm(key)
    this.#waiting.delete(key)
    this.#crashes.delete(key)
    const turn = this.#running.get(key)
    if (turn !== undefined) Object.assign(turn, { again: false, forgotten: true })
  }

  close(): void {
    this.#closed = true
    for (const key of [...this.#timers.keys()]) this.#disarm(key)
    this.#waiting.clear()
  }

  #disarm(key: string): void {
    this.#timers.get(key)?.cancel()
    this.#timers.delete(key)
  }

  #arm(key: string, delayMs: number, tick: Tick | null): void {
    if (this.#closed) return
    this.#disarm(key)
    const { clock } = this.#ports
    const cancel = clock.after(delayMs, () => this.#fallDue(key, tick))
    this.#timers.set(key, { dueAt: clock.monotonic() + delayMs, cancel })
  }

  /** J1 */
  #fallDue(key: string, tick: Tick | null): void {
    this.#disarm(key)
    if (this.#closed) return
    const turn = this.#running.get(key)
    if (turn !== undefined) turn.again = true
    else if (!this.#waiting.has(key)) this.#waiting.set(key, tick)
    this.#begin()
  }

  /** J2 */
  #begin(): void {
    for (const [key, tick] of this.#waiting) {
      if (this.#closed || this.#running.size >= this.#spec.limit) return
      this.#waiting.delete(key)
      if (tick !== null) this.#countSkipped(tick)
      void this.#take(key)
    }
  }

  /** J4 */
  #countSkipped({ dueAt, everyMs }: Tick): void {
    const skipped = everyMs > 0 ? Math.floor((this.#ports.clock.monotonic() - dueAt) / everyMs) : 0
    if (skipped > 0) this.#ports.onSkipped(skipped)
  }

  async #take(key: string): Promise<void> {
    const turn: Turn = { startedAt: this.#ports.clock.monotonic(), again: false, forgotten: false }
    this.#running.set(key, turn)
    const next = await this.#run(key, turn)
    this.#running.delete(key)
    if (turn.again && !this.#crashes.has(key)) this.wake(key)
    else if (!turn.forgotten && next !== 'rest') this.#armNext(key, turn, next)
    this.#begin()
  }

  /** J5 */
  async #run(key: string, { startedAt }: Turn): Promise<Next> {
    const { clock, random, onTurn } = this.#ports
    try {
      const next = await this.#spec.run(key)
      this.#crashes.delete(key)
      onTurn(clock.monotonic() - startedAt, null)
      return next
    } catch (error) {
      const count = (this.#crashes.get(key) ?? 0) + 1
      this.#crashes.set(key, count)
      onTurn(clock.monotonic() - startedAt, { error })
      return { afterMs: backoffMs(count, afterCrash, random) }
    }
  }

  #armNext(key: string, { startedAt }: Turn, next: Exclude<Next, 'rest'>): void {
    const { clock, random } = this.#ports
    const now = clock.monotonic()
    const everyMs = 'everyMs' in next ? next.everyMs * (1 - jitter / 2 + jitter * random()) : 0
    const dueAt = 'everyMs' in next ? startedAt + everyMs : now + next.afterMs
    // Whoever was told during this turn to begin at a time of its own does, if that is sooner.
    if ((this.#timers.get(key)?.dueAt ?? Number.POSITIVE_INFINITY) <= dueAt) return
    this.#arm(key, Math.max(0, dueAt - now), 'everyMs' in next ? { dueAt, everyMs } : null)
  }
}
