import type { Clock } from './clock.ts'

/** Allows a burst, and then so many a second. */
export interface TokenBucket {
  /** Takes a token if there is one. */
  take(): boolean
  /** Takes a token, maybe one that isn't there yet, and says how long to wait for it. */
  reserve(): number
}

export function createTokenBucket(
  clock: Clock,
  { burst, perSecond }: { burst: number; perSecond: number },
): TokenBucket {
  let tokens = burst
  let filledAt = clock.monotonic()

  function fill(): void {
    const now = clock.monotonic()
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1_000) * perSecond)
    filledAt = now
  }

  return {
    take() {
      fill()
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    reserve() {
      fill()
      tokens -= 1
      return tokens >= 0 ? 0 : (-tokens / perSecond) * 1_000
    },
  }
}
