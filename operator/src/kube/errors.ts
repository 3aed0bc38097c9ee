import type { MissingRight } from './missing-right.ts'

/** Why the API server didn't do what was asked. */
export type ApiErrorKind =
  /** 404: the object isn't there, or its kind or namespace isn't. */
  | 'absent'
  /** 409 AlreadyExists. */
  | 'exists'
  /** 409 Conflict: the object isn't as the precondition says. */
  | 'conflict'
  /** 410: the resource version or page is too old. */
  | 'gone'
  /** 400, 413, 415, 422: refused for what it says. */
  | 'invalid'
  /** 401, 403: a rule, a quota or a credential is missing. */
  | 'denied'
  /** 429. */
  | 'throttled'
  /** 5xx. */
  | 'failed'
  /** No answer: refused, reset, timed out. What was asked may have been done. */
  | 'unreachable'
  /** Not sent: this process may not write any more. */
  | 'fenced'

interface ApiErrorFacts {
  readonly kind: ApiErrorKind
  readonly message: string
  /** The message without the request; absent: the message. */
  readonly explanation?: string
  /** The right that the operator's role doesn't give, if it is that. */
  readonly missingRight?: MissingRight | null
  /** HTTP status; 0 without an answer. */
  readonly status: number
  /** The server's `reason`, such as `AlreadyExists`; empty if it gave none. */
  readonly reason?: string
  /** What the server asks to wait. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** A request that the API server refused or didn't answer. Never holds what was sent. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly kind: ApiErrorKind
  readonly explanation: string
  readonly missingRight: MissingRight | null
  readonly status: number
  readonly reason: string
  readonly retryAfterMs: number | undefined

  constructor(facts: ApiErrorFacts) {
    super(facts.message, { cause: facts.cause })
    this.kind = facts.kind
    this.explanation = facts.explanation ?? facts.message
    this.missingRight = facts.missingRight ?? null
    this.status = facts.status
    this.reason = facts.reason ?? ''
    this.retryAfterMs = facts.retryAfterMs
  }
}

export function isApiError(error: unknown, ...anyOf: readonly ApiErrorKind[]): error is ApiError {
  return error instanceof ApiError && (anyOf.length === 0 || anyOf.includes(error.kind))
}
