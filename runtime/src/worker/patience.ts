/** How long a command may wait before its device is touched, from when it came. Its caller hasn't given up by then. */
export interface Patience {
  readonly beginMs: number
  /** Until the turn of a device in a command for many, which may also have to wait for a read. */
  readonly turnMs: number
}

/** ORK's, and upstream's; that of whoever doesn't say how long it waits. */
const usualTimeoutMs = 30_000
/** What begins no later has its end within `usualTimeoutMs`: no device takes longer than 8 s. */
const longest: Patience = { beginMs: 20_000, turnMs: 12_000 }

/** What suits a caller that waits so long: as great a part of its time, and never longer than usual. */
export function patienceOf(timeoutMs = usualTimeoutMs): Patience {
  const share = Math.min(1, timeoutMs / usualTimeoutMs)
  return { beginMs: longest.beginMs * share, turnMs: longest.turnMs * share }
}
