import { backoffMs } from '../engine/backoff.ts'
import type { Random } from '../engine/random.ts'
import type { ApiError } from './errors.ts'

/** A request is sent at most so often before its error goes up, where whole runs are tried again with backoff. */
const attempts = 4
/** Longer waits belong to the caller. */
const longestWaitMs = 5_000

/**
 * How long to wait before the same request is sent again, or null if it must not be.
 * A throttled request was not carried out, so any may be repeated; after other failures only what can be repeated safely.
 */
export function decideRetry(error: ApiError, attempt: number, repeatable: boolean, random: Random): number | null {
  const again = error.kind === 'throttled' || (repeatable && (error.kind === 'unreachable' || error.kind === 'failed'))
  if (!again || attempt >= attempts) return null
  const waitMs = error.retryAfterMs ?? backoffMs(attempt, { firstMs: 100, limitMs: longestWaitMs, random })
  return waitMs <= longestWaitMs ? waitMs : null
}
