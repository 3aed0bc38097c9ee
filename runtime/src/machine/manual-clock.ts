import { type Clock, sleepWith } from './clock.ts'

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /**
   * Moves time on, running what falls due in order. After each task pending promises get the chance to settle, so what a
   * task awaits (without real I/O) and what that arms is seen too.
   */
  advance(byMs: number): Promise<void>
  /** Sets the time forward, as if the process had been paused: what falls due runs at the next `advance`, late. */
  jump(byMs: number): void
  /** Sets the machine's clock, back if it is negative. Nothing takes longer or shorter for it. */
  set(byMs: number): void
  /** How many timers are armed. */
  readonly armed: number
}

interface Timer {
  readonly dueAt: number
  readonly task: () => void
}

export function manualClock(startAt = 1_700_000_000_000): ManualClock {
  let now = 0
  let epoch = startAt
  const timers = new Set<Timer>()
  const clock: ManualClock = {
    now: () => epoch + now,
    monotonic: () => now,
    after(delayMs, task) {
      const timer = { dueAt: now + Math.max(0, delayMs), task }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    sleep: (delayMs, signal) => sleepWith(clock, delayMs, signal),
    async advance(byMs) {
      const until = now + byMs
      await settle()
      for (let timer = earliest(timers, until); timer !== undefined; timer = earliest(timers, until)) {
        timers.delete(timer)
        now = Math.max(now, timer.dueAt)
        timer.task()
        await settle()
      }
      now = until
    },
    jump(byMs) {
      now += byMs
    },
    set(byMs) {
      epoch += byMs
    },
    get armed() {
      return timers.size
    },
  }
  return clock
}

function earliest(timers: ReadonlySet<Timer>, until: number): Timer | undefined {
  let found: Timer | undefined
  for (const timer of timers) {
    if (timer.dueAt <= until && (found === undefined || timer.dueAt < found.dueAt)) found = timer
  }
  return found
}

/** Lets everything that waits for promises only come to rest. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
