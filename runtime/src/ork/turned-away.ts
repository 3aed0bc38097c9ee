import { type Log, logField } from '../log.ts'
import type { Clock } from '../machine/clock.ts'

/** Tells of callers that aren't let in. */
export interface TurnedAway {
  note(publicKey: string): void
}

const perMs = 60_000
/** Anybody can make a key for each call. */
const maxNamed = 32

/** Names a caller once a minute, and no more than a few of them: it costs a stranger nothing to call. */
export function createTurnedAway(clock: Pick<Clock, 'monotonic'>, log: Log): TurnedAway {
  const named = new Set<string>()
  let since = -Infinity
  return {
    note(publicKey) {
      const now = clock.monotonic()
      if (now - since >= perMs) {
        since = now
        named.clear()
      }
      if (named.has(publicKey) || named.size >= maxNamed) return
      named.add(publicKey)
      log.warn({ [logField.publicKey]: publicKey }, 'a caller that is not on the roster was turned away')
    },
  }
}
