// Requests to one API server, as raw JSON over one pool of connections.
// client-node opens a TLS connection for each call and drops fields that it doesn't know; it is only asked who we are.
import { type Dispatcher, request as send } from 'undici'
import type { Clock } from '../engine/clock.ts'
import { startDeadline } from '../engine/deadline.ts'
import type { Random } from '../engine/random.ts'
import { type ConnectionPool, createConnectionPool } from './connection-pool.ts'
import { ApiError, isApiError } from './errors.ts'
import { createLimiter, type Limiter } from './limiter.ts'
import type { Cluster } from './load-cluster.ts'
import { errorOfAnswer, errorOfFailure, parseJson } from './parse-answer.ts'
import { decideRetry } from './retry-policy.ts'

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  /** Lists are slow and large: few of them run at once, and never in the way of the others. */
  readonly list?: boolean
}

export interface Transport {
  /** The parsed answer. Throws ApiError, or the signal's reason. */
  request(request: ApiRequest): Promise<unknown>
  /** The answer's body as it comes, however long. Throws like `request`, without trying again. */
  stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>>
  /** Ends what is under way. Idempotent. */
  close(): Promise<void>
}

/** Told of each answer (`code` is the HTTP status, or `<error>` without one), for metrics. */
export type RequestHook = (sent: { code: string; method: string; host: string }) => void

export interface TransportOptions {
  readonly cluster: Cluster
  readonly userAgent: string
  readonly clock: Clock
  readonly random: Random
  readonly onRequest?: RequestHook
  /** Asked right before each write; absent: it may always. */
  readonly mayWrite?: () => boolean
  /** How many requests run at once, beside lists and streams. */
  readonly concurrency?: number
}

/** Limit of a request that doesn't say. */
const requestTimeoutMs = 10_000
const listsAtOnce = 4
const listTimeoutMs = 60_000
/** A watch of a quiet kind answers its headers at once. */
const streamHeadersTimeoutMs = 30_000

export function createTransport(options: TransportOptions): Transport {
  const { cluster, clock, random, concurrency = 32 } = options
  const pool = createConnectionPool(cluster, clock)
  const exchange = createExchange(options, pool)
  const limiter = createLimiter(concurrency)
  const listLimiter = createLimiter(listsAtOnce)

  async function sendOnce(request: ApiRequest, lane: Limiter): Promise<unknown> {
    const { list = false, timeoutMs = list ? listTimeoutMs : requestTimeoutMs } = request
    const leave = await lane.enter(request.signal)
    const deadline = startDeadline(clock, timeoutMs, 'it', request.signal)
    try {
      const { body } = await exchange(request, { signal: deadline.signal })
      return parseJson(request, await body.text())
    } catch (error) {
      request.signal?.throwIfAborted()
      throw errorOfFailure(request, deadline.passed ? deadline.signal.reason : error)
    } finally {
      deadline.clear()
      leave()
    }
  }

  return {
    async request(request) {
      const lane = request.list === true ? listLimiter : limiter
      for (let attempt = 1; ; attempt++) {
        try {
          return await sendOnce(request, lane)
        } catch (error) {
          const waitMs = isApiError(error) ? decideRetry(error, attempt, request.method !== 'POST', random) : null
          if (waitMs === null) throw error
          await clock.sleep(waitMs, request.signal)
          request.signal?.throwIfAborted()
        }
      }
    },
    async stream(request) {
      try {
        const limits = { headersTimeout: request.timeoutMs ?? streamHeadersTimeoutMs, bodyTimeout: 0 }
        const { body } = await exchange(request, { ...limits, signal: request.signal ?? null })
        return body
      } catch (error) {
        request.signal?.throwIfAborted()
        throw errorOfFailure(request, error)
      }
    },
    close: () => pool.close(),
  }
}

type Exchange = (
  request: ApiRequest,
  limits: Pick<Dispatcher.RequestOptions, 'signal' | 'headersTimeout' | 'bodyTimeout'>,
) => Promise<Dispatcher.ResponseData>

/** One request and the head of its answer; an answer that isn't a success is thrown as ApiError. */
function createExchange(options: TransportOptions, pool: ConnectionPool): Exchange {
  const { cluster, userAgent, onRequest, mayWrite = () => true } = options
  const { host } = new URL(cluster.server)

  function count(method: string, code: string): void {
    onRequest?.({ code, method, host })
  }

  return async (request, limits) => {
    const { method, path, query } = request
    const { dispatcher, headers } = await pool.current()
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`
    if (method !== 'GET' && !mayWrite()) {
      const message = `${method} ${path}: not sent, since another may lead by now`
      throw new ApiError({ kind: 'fenced', status: 0, message })
    }
    let answer: Dispatcher.ResponseData
    try {
      answer = await send(`${cluster.server}${path}${search}`, {
        ...limits,
        dispatcher,
        method,
        headers: { ...headers, 'user-agent': userAgent, ...headersOf(request) },
        body: request.body === undefined ? null : JSON.stringify(request.body),
      })
    } catch (error) {
      count(method, '<error>')
      throw error
    }
    count(method, String(answer.statusCode))
    if (answer.statusCode < 400) return answer
    if (answer.statusCode === 401) pool.refused()
    const retryAfter = answer.headers['retry-after']
    const text = await answer.body.text()
    throw errorOfAnswer(request, answer.statusCode, typeof retryAfter === 'string' ? retryAfter : undefined, text)
  }
}

function headersOf({ accept = 'application/json', body, contentType = 'application/json', headers }: ApiRequest) {
  return { accept, ...(body === undefined ? {} : { 'content-type': contentType }), ...headers }
}
