import { isPlainObject } from './envelope.ts'
import type { TelemetryQuery } from './payloads.ts'

/** A query may also be its type alone, as upstream's client takes it. */
export function parseQuery(query: unknown): TelemetryQuery {
  if (typeof query === 'string') return { type: query }
  return isPlainObject(query) ? query : {}
}
