import type { Clock } from '../machine/clock.ts'

/** Who may call a worker: its ORK and nobody else. */
export interface Door {
  admits(publicKey: string): boolean
  /** Keys that were turned away in the last minute, sorted; at most eight. */
  refused(): readonly string[]
}

const rememberMs = 60_000
const maxRemembered = 8

/** `orkKey` is null while nobody is let in. */
export function createDoor(orkKey: () => string | null, clock: Pick<Clock, 'monotonic'>): Door {
  /** When each was turned away last, the latest at the end. */
  const refusals = new Map<string, number>()
  const refuse = (publicKey: string) => {
    refusals.delete(publicKey)
    refusals.set(publicKey, clock.monotonic())
    const [oldest] = refusals.keys()
    if (refusals.size > maxRemembered && oldest !== undefined) refusals.delete(oldest)
  }
  return {
    admits(publicKey) {
      if (publicKey === orkKey()) return true
      refuse(publicKey)
      return false
    },
    refused() {
      const since = clock.monotonic() - rememberMs
      return [...refusals].flatMap(([publicKey, at]) => (at > since ? [publicKey] : [])).sort()
    },
  }
}
