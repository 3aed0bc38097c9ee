import type { Clock } from '../machine/clock.ts'
import type { Random } from '../machine/random.ts'

/** A record that is kept alive at the DHT nodes. */
export interface KeptRecord {
  readonly announced: boolean
  close(): void
}

export interface KeepAnnouncedOptions {
  /** Announces once. Resolves when at least one node has stored the record; rejects when none has. */
  readonly announce: () => Promise<void>
  readonly onChange: (announced: boolean) => void
  readonly clock: Clock
  readonly random: Random
}

const retryMs = 2_000
const refreshMs = 8_000
const refreshJitterMs = 4_000

/**
 * Announces at once and again and again. DHT nodes keep records in memory only, and the library renews them every five
 * minutes (topics: ten): without this loop a restarted node knows nobody for so long. While nobody holds the record it is
 * tried every two seconds, else every eight to twelve, at random so that a whole site doesn't come at the same moment.
 */
export function keepAnnounced({ announce, onChange, clock, random }: KeepAnnouncedOptions): KeptRecord {
  const stop = new AbortController()
  const stopped = () => stop.signal.aborted
  let announced = false
  const loop = async () => {
    while (!stopped()) {
      const reached = await announce().then(
        () => true,
        () => false,
      )
      if (stopped()) return
      const changed = reached !== announced
      announced = reached
      if (changed) onChange(reached)
      await clock.sleep(reached ? refreshMs + random() * refreshJitterMs : retryMs, stop.signal)
    }
  }
  void loop()
  return {
    get announced() {
      return announced
    },
    close() {
      announced = false
      stop.abort()
    },
  }
}
