import type { Clock } from './clock.ts'

/** Notices silence. */
export interface Watchdog {
  /** Something was heard. */
  feed(): void
  close(): void
}

/** Calls `onSilent` once, when nothing was fed for `silentMs`. */
export function startWatchdog(clock: Clock, silentMs: number, onSilent: () => void): Watchdog {
  let heardAt = clock.monotonic()
  let cancel = clock.after(silentMs, look)

  // One timer a period, not one a feeding.
  function look(): void {
    const leftMs = heardAt + silentMs - clock.monotonic()
    if (leftMs <= 0) onSilent()
    else cancel = clock.after(leftMs, look)
  }

  return {
    feed: () => {
      heardAt = clock.monotonic()
    },
    close: () => cancel(),
  }
}
