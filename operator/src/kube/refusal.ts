import { ApiError, isApiError } from './errors.ts'

/** A write that wasn't done. */
export interface Refusal {
  /** `refused`: the API server won't have it: invalid, or denied by a rule or a quota. `failed`: it couldn't, or gave no answer. */
  readonly kind: 'refused' | 'failed'
  readonly error: ApiError
  /** Whether an object of the name is there all the same. */
  readonly exists: boolean
}

/** What an error says of a write. Throws what the API server hasn't said: a bug, the end of the run, a lease that is over. */
export function refusalOf(error: unknown, exists: boolean): Refusal {
  if (!(error instanceof ApiError) || error.kind === 'fenced') throw error
  return { kind: isApiError(error, 'invalid', 'denied') ? 'refused' : 'failed', error, exists }
}
