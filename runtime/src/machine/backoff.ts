export interface Backoff {
  readonly firstMs: number
  readonly limitMs: number
}

/**
 * How long to wait before try number `failures + 1`: doubles from `firstMs` up to `limitMs`, of which a random half
 * is taken off, so that many that failed together don't come back together. `random` gives numbers in [0, 1).
 */
export function backoffMs(failures: number, backoff: Backoff, random: () => number): number {
  const full = Math.min(backoff.limitMs, backoff.firstMs * 2 ** Math.max(0, failures - 1))
  return Math.round(full * (1 - random() / 2))
}
