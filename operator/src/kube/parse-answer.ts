import { errors } from 'undici'
import { z } from 'zod'
import { ApiError, type ApiErrorKind } from './errors.ts'
import { formatMissingRight, parseMissingRight } from './missing-right.ts'

/** What names a request in a message. */
interface Asked {
  readonly method: string
  readonly path: string
}

const statusBody = z.object({
  kind: z.literal('Status'),
  code: z.number().optional(),
  message: z.string().optional(),
  reason: z.string().optional(),
  details: z.object({ retryAfterSeconds: z.number().optional() }).optional(),
})
type StatusBody = z.output<typeof statusBody>

/** The API server's own explanation, or null if this isn't one. */
export function parseStatus(value: unknown): StatusBody | null {
  return statusBody.safeParse(value).data ?? null
}

/** Parses an answer's body. Throws ApiError if it isn't JSON (a proxy's page, an answer cut short). */
export function parseJson(asked: Asked, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ApiError({ kind: 'failed', status: 0, message: `${describe(asked)}: the answer is not JSON`, cause })
  }
}

/** Makes an error of an answer that isn't a success. */
export function errorOfAnswer(asked: Asked, status: number, retryAfter: string | undefined, text: string): ApiError {
  const body = parseStatus(jsonOrNull(text)) ?? { kind: 'Status', message: text.slice(0, 200).trim() }
  const seconds = Number(retryAfter ?? body.details?.retryAfterSeconds)
  return errorOf(asked, { ...body, code: status }, seconds > 0 ? seconds * 1_000 : undefined)
}

/** Makes an error of the explanation that a watch ends with. */
export function errorOfStatus(asked: Asked, body: StatusBody | null): ApiError {
  return errorOf(asked, body ?? { kind: 'Status', message: 'an error without an explanation' }, undefined)
}

function errorOf(
  asked: Asked,
  { code = 0, reason = '', message = reason }: StatusBody,
  retryAfterMs?: number,
): ApiError {
  const missingRight = code === 403 ? parseMissingRight(message) : null
  const explanation = missingRight === null ? message : formatMissingRight(missingRight)
  return new ApiError({
    kind: kindOf(code, reason),
    status: code,
    reason,
    explanation,
    missingRight,
    message: `${describe(asked)}: ${code} ${explanation}`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

/** Makes an error of a failure to get an answer; passes ApiErrors on. */
export function errorOfFailure(asked: Asked, cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause
  const why = cause instanceof Error ? (codeOf(cause) ?? cause.message) : String(cause)
  return new ApiError({ kind: 'unreachable', status: 0, message: `${describe(asked)}: no answer (${why})`, cause })
}

function kindOf(code: number, reason: string): ApiErrorKind {
  if (code === 409) return reason === 'AlreadyExists' ? 'exists' : 'conflict'
  return kinds[code] ?? (code >= 400 && code < 500 ? 'invalid' : 'failed')
}

const kinds: Readonly<Record<number, ApiErrorKind>> = {
  401: 'denied',
  403: 'denied',
  404: 'absent',
  410: 'gone',
  429: 'throttled',
}

function describe({ method, path }: Asked): string {
  return `${method} ${path}`
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function codeOf(error: Error): string | undefined {
  if (error instanceof errors.UndiciError) return `${error.code}: ${error.message}`
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
