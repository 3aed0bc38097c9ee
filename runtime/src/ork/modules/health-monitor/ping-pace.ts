/** Time between two pings to a worker, and how long each waits for its pong. */
export interface PingPace {
  readonly intervalMs: number
  readonly timeoutMs: number
}

const smallSite = { workers: 50, intervalMs: 250 }
const largeSite = { workers: 1_000, intervalMs: 1_000 }
/** A worker that is busy for so long isn't dead. */
const patienceMs = 250

/**
 * Four pings a second in a small site, one in a site of a thousand workers and beyond, evenly in between; or at the interval that
 * was asked for.
 */
export function pingPace(workers: number, askedMs: number | undefined): PingPace {
  const intervalMs = askedMs ?? usualIntervalMs(workers)
  return { intervalMs, timeoutMs: intervalMs + patienceMs }
}

function usualIntervalMs(workers: number): number {
  const share = (workers - smallSite.workers) / (largeSite.workers - smallSite.workers)
  const clamped = Math.min(1, Math.max(0, share))
  return Math.round(smallSite.intervalMs + clamped * (largeSite.intervalMs - smallSite.intervalMs))
}
