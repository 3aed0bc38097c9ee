/** Time as programs see it; taken as an argument so that a test can set it. */
export interface Clock {
  /** Milliseconds since the Unix epoch: for times that people read or that outlive the process. Jumps when the machine's clock is set. */
  now(): number
  /** Milliseconds since an arbitrary moment: for durations and deadlines. Never goes back. */
  monotonic(): number
  /** Runs `task` once, `delayMs` from now, and returns what cancels it. */
  after(delayMs: number, task: () => void): () => void
  /** Resolves when the time has passed or the signal is aborted; never rejects. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

/** A longer timer would run at once. */
const longestTimerMs = 2 ** 31 - 1

/** The machine's clock. Its timers keep the process alive: whoever starts one cancels it on close. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.min(delayMs, longestTimerMs))
    return () => clearTimeout(timer)
  },
  sleep: (delayMs, signal) => sleepWith(systemClock, delayMs, signal),
}

/** `sleep` on top of `after`, for every kind of clock. */
export function sleepWith(clock: Pick<Clock, 'after'>, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve()
      return
    }
    const finish = () => {
      cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = clock.after(delayMs, finish)
    signal?.addEventListener('abort', finish, { once: true })
  })
}

/** The time of an HTTP header such as Date, in milliseconds since the Unix epoch; null for a text that is no time. */
export function parseHttpDate(text: string): number | null {
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : time
}
