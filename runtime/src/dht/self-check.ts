import type { Clock } from '../machine/clock.ts'

export interface SelfCheck {
  /** Whether the last check passed; false before the first. */
  passed(): boolean
  close(): void
}

const intervalMs = 3_000

/** Checks at once and every three seconds. */
export function startSelfCheck(check: () => Promise<boolean>, clock: Clock): SelfCheck {
  const stop = new AbortController()
  let passed = false
  const loop = async () => {
    while (!stop.signal.aborted) {
      passed = await check()
      await clock.sleep(intervalMs, stop.signal)
    }
  }
  void loop()
  return { passed: () => passed, close: () => stop.abort() }
}
