import type { Clock } from '../engine/clock.ts'
import { startWatchdog } from '../engine/watchdog.ts'
import { ApiError } from './errors.ts'
import { errorOfFailure, errorOfStatus, parseJson, parseStatus } from './parse-answer.ts'
import { isFields } from './parse-object.ts'
import { readLines } from './read-lines.ts'
import type { Transport } from './transport.ts'

export interface WatchRequest {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly accept?: string
  readonly signal: AbortSignal
  readonly resourceVersion: string
  /** The server ends the watch after so long. */
  readonly timeoutSeconds: number
  /** A connection that brings nothing for so long is taken for dead. */
  readonly idleMs: number
}

export type WatchEvent =
  | { readonly kind: 'put' | 'removed'; readonly object: unknown; readonly resourceVersion: string }
  /** Nothing of this kind changed up to here. */
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }

/** Events after `resourceVersion`, until the server ends the watch. Throws ApiError: `gone` if it can't go on from there. */
export async function* watch(transport: Transport, clock: Clock, request: WatchRequest): AsyncGenerator<WatchEvent> {
  const { path, query, accept, resourceVersion, timeoutSeconds, idleMs, signal } = request
  const lifeline = new AbortController()
  const end = () => lifeline.abort(signal.reason)
  signal.addEventListener('abort', end, { once: true })
  const watchdog = startWatchdog(clock, idleMs, () => {
    lifeline.abort(new Error(`nothing heard for ${idleMs / 1_000} s`))
  })
  try {
    signal.throwIfAborted()
    const watching = { watch: '1', allowWatchBookmarks: 'true', timeoutSeconds: String(timeoutSeconds) }
    const chunks = await transport.stream({
      method: 'GET',
      path,
      query: { ...query, ...watching, resourceVersion },
      ...(accept !== undefined && { accept }),
      signal: lifeline.signal,
    })
    for await (const line of readLines(chunks)) {
      watchdog.feed()
      yield parseEvent(path, line)
    }
  } catch (error) {
    signal.throwIfAborted()
    throw errorOfFailure({ method: 'WATCH', path }, lifeline.signal.aborted ? lifeline.signal.reason : error)
  } finally {
    watchdog.close()
    signal.removeEventListener('abort', end)
    lifeline.abort()
  }
}

function parseEvent(path: string, line: string): WatchEvent {
  const asked = { method: 'WATCH', path }
  const event = parseJson(asked, line)
  const type = isFields(event) ? event['type'] : undefined
  const object = isFields(event) ? event['object'] : undefined
  if (type === 'ERROR') throw errorOfStatus(asked, parseStatus(object))
  const metadata = isFields(object) ? object['metadata'] : undefined
  const resourceVersion = isFields(metadata) ? metadata['resourceVersion'] : undefined
  if (typeof resourceVersion !== 'string') {
    throw new ApiError({ kind: 'failed', status: 0, message: `WATCH ${path}: an event without a resource version` })
  }
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'put', object, resourceVersion }
    case 'DELETED':
      return { kind: 'removed', object, resourceVersion }
    default:
      return { kind: 'bookmark', resourceVersion }
  }
}
