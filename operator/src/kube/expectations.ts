import type { Clock } from '../engine/clock.ts'

/**
 * Reading one's own writes: what a run wrote, the next run of the same scope must see in the caches, or it would decide on
 * what it has changed already. A scope is a controller's key.
 */
export interface Expectations {
  /** The scope wrote the object, and `seen` tells whether the caches know it. What it wrote there before counts no more. */
  expect(scope: string, object: string, seen: () => boolean): void
  /** Resolves when the scope's writes have been seen, or 5 s after they were made: a lost watch must not stop the work. */
  settled(scope: string, signal: AbortSignal): Promise<void>
}

interface Expected {
  readonly seen: () => boolean
  readonly until: number
}

const waitAtMostMs = 5_000

export interface ExpectationsOptions {
  readonly clock: Clock
  /** Calls back after each change of a cache; returns what ends it. */
  readonly onChange: (listener: () => void) => () => void
}

export function createExpectations({ clock, onChange }: ExpectationsOptions): Expectations {
  const expected = new Map<string, ReadonlyMap<string, Expected>>()

  /** What of the scope's writes hasn't been seen yet, by object. */
  function openOf(scope: string): ReadonlyMap<string, Expected> {
    const now = clock.monotonic()
    const all = [...(expected.get(scope) ?? [])]
    const open = new Map(all.filter(([, { seen, until }]) => until > now && !seen()))
    if (open.size === 0) expected.delete(scope)
    else expected.set(scope, open)
    return open
  }

  return {
    expect(scope, object, seen) {
      expected.set(scope, new Map(openOf(scope)).set(object, { seen, until: clock.monotonic() + waitAtMostMs }))
    },
    async settled(scope, signal) {
      for (let open = openOf(scope); open.size > 0 && !signal.aborted; open = openOf(scope)) {
        const until = Math.max(...[...open.values()].map((one) => one.until))
        const changed = new AbortController()
        const stop = onChange(() => changed.abort())
        const abort = () => changed.abort()
        signal.addEventListener('abort', abort, { once: true })
        await clock.sleep(until - clock.monotonic(), changed.signal)
        signal.removeEventListener('abort', abort)
        stop()
      }
    },
  }
}
