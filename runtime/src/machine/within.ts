import type { Clock } from './clock.ts'

/** What the work comes to, or `otherwise` if it takes longer than that. Work that is late goes on, and nobody hears how it ends. */
export async function within<Value, const Otherwise>(
  clock: Pick<Clock, 'sleep'>,
  limitMs: number,
  work: Promise<Value> | Value,
  otherwise: Otherwise,
): Promise<Value | Otherwise> {
  const given = new AbortController()
  const late = clock.sleep(limitMs, given.signal).then(() => otherwise)
  try {
    return await Promise.race([work, late])
  } finally {
    given.abort()
  }
}
