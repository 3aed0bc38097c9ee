import type { Random } from './random.ts'

export interface BackoffOptions {
  readonly firstMs: number
  readonly limitMs: number
  readonly random: Random
}

/** Delay after so many failures in a row (1 is the first): doubles each time, less up to a half at random. */
export function backoffMs(failures: number, { firstMs, limitMs, random }: BackoffOptions): number {
  const full = Math.min(limitMs, firstMs * 2 ** Math.min(failures - 1, 52))
  return full * (1 - random() / 2)
}

/** Counts failures in a row, for one thing that is tried for ever. */
export interface Backoff {
  /** Counts one more failure and says how long to wait. */
  nextMs(): number
  reset(): void
}

export function createBackoff(options: BackoffOptions): Backoff {
  let failures = 0
  return {
    nextMs: () => backoffMs(++failures, options),
    reset: () => {
      failures = 0
    },
  }
}

/** Counts failures in a row of each key. */
export interface KeyedBackoff {
  /** Counts one more failure of the key and says how long to wait. */
  nextMs(key: string): number
  forget(key: string): void
}

export function createKeyedBackoff(options: BackoffOptions): KeyedBackoff {
  const failures = new Map<string, number>()
  return {
    nextMs(key) {
      const count = (failures.get(key) ?? 0) + 1
      failures.set(key, count)
      return backoffMs(count, options)
    },
    forget: (key) => void failures.delete(key),
  }
}
