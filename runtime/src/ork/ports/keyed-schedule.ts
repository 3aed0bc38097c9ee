import type { Clock } from '../../machine/clock.ts'

export interface KeyedScheduleOptions {
  readonly clock: Pick<Clock, 'after'>
  /** How many tasks may be under way, over all keys. */
  readonly limit: number
  /**
   * The task of a key. Resolves with the time until it is due again, or null to rest until it is woken. Must not reject: that
   * would be a bug, and ends the process.
   */
  readonly run: (key: string) => Promise<number | null>
}

/**
 * Runs one task a key, again and again. Invariants:
 *   K1 a key's task never overlaps itself; a key woken meanwhile runs once more afterwards
 *   K2 at most `limit` tasks are under way; those that fall due beyond that wait their turn, longest waiting first
 *   K3 a deleted key isn't run again, unless it is woken again
 */
export interface KeyedSchedule {
  /** Runs the key's task as soon as there is room. */
  wake(key: string): void
  /** Runs the key's task after a time, or when it is woken before. */
  wakeAfter(key: string, delayMs: number): void
  delete(key: string): void
  /** Nothing is started any more; what is under way ends by itself. */
  close(): void
}

export function createKeyedSchedule({ clock, limit, run }: KeyedScheduleOptions): KeyedSchedule {
  const timers = new Map<string, () => void>()
  const waiting = new Set<string>()
  const running = new Map<string, { again: boolean; forgotten: boolean }>()
  let closed = false

  const disarm = (key: string): void => {
    timers.get(key)?.()
    timers.delete(key)
  }
  const start = (): void => {
    for (const key of waiting) {
      if (closed || running.size >= limit) return
      waiting.delete(key)
      void runOnce(key)
    }
  }
  const runOnce = async (key: string): Promise<void> => {
    const turn = { again: false, forgotten: false }
    running.set(key, turn)
    const delayMs = await run(key)
    running.delete(key)
    if (turn.again) schedule.wake(key)
    else if (delayMs !== null && !turn.forgotten) schedule.wakeAfter(key, delayMs)
    start()
  }
  const schedule: KeyedSchedule = {
    wake(key) {
      disarm(key)
      const turn = running.get(key)
      if (turn === undefined) waiting.add(key)
      else turn.again = true
      start()
    },
    wakeAfter(key, delayMs) {
      if (closed) return
      disarm(key)
      const cancel = clock.after(delayMs, () => schedule.wake(key))
      timers.set(key, cancel)
    },
    delete(key) {
      disarm(key)
      waiting.delete(key)
      const turn = running.get(key)
      if (turn !== undefined) Object.assign(turn, { again: false, forgotten: true })
    },
    close() {
      closed = true
      for (const key of [...timers.keys()]) disarm(key)
      waiting.clear()
    },
  }
  return schedule
}
