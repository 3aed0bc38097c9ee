import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import { statusPaths, statusTokenHeader, watchWithDiagnosis } from '../contract/endpoints.ts'
import { type Log, logField } from '../log.ts'
import { type Clock, systemClock } from '../machine/clock.ts'
import { limitConnections } from './limit-connections.ts'
import { type LoopWatch, startLoopWatch } from './loop-watch.ts'
import type { Readiness } from './readiness.ts'
import type { StatusSource } from './status-source.ts'
import { createStatusStreams, type StatusStreams } from './status-stream.ts'
import { bearerOf, isOneOf } from './token-check.ts'

export interface StatusServerOptions {
  /** TCP port; 0 takes any free one. */
  readonly port: number
  /** Address to bind; every one of the host unless given. */
  readonly host?: string
  /** Asked at each probe. */
  readonly readiness: () => Readiness
  /** Who the process is: what `/v1/identity` shows. */
  readonly identity: ProcessIdentity
  /** Asked at each request. */
  readonly status: () => StatusSource
  /** Who may read the status; null or none means nobody. Asked at each request. */
  readonly tokens: () => readonly string[] | null
  readonly registry: Registry
  readonly log: Log
  readonly clock?: Clock
  readonly loopWatch?: LoopWatch
  /** Bytes that may wait for a reader of the stream; 8 MiB unless given. */
  readonly maxWaitingBytes?: number
  /** 512 unless given. */
  readonly maxConnections?: number
}

export interface ProcessIdentity {
  readonly service: string
  readonly publicKey: string | null
}

export interface StatusServer {
  /** The port that it got. */
  readonly port: number
  close(): Promise<void>
}

/** Longer than this without a turn of the event loop, and the process counts as hung. */
const hungMs = 10_000
/** Requests have no body and come whole. */
const timeouts = { headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 }

/** Serves the paths of `contract/endpoints.ts`. Rejects if the port can't be had. */
export async function startStatusServer(options: StatusServerOptions): Promise<StatusServer> {
  const { clock = systemClock, loopWatch = startLoopWatch(), maxWaitingBytes } = options
  const streams = createStatusStreams(maxWaitingBytes === undefined ? { clock } : { clock, maxWaitingBytes })
  const answers = answersOf({ ...options, loopWatch, streams })
  const server = createServer(timeouts, (request, response) => {
    void answerRequest(answers, request, response).catch((error: unknown) => {
      options.log.error({ [logField.error]: error, [logField.code]: 'ERR_INTERNAL' }, 'status request failed')
      if (response.headersSent) response.destroy()
      else sendText(response, 500, 'an unexpected failure; the log has the cause')
    })
  })
  limitConnections(server, options.maxConnections ?? 512)
  const port = await listen(server, options)
  return {
    port,
    async close() {
      loopWatch.close()
      streams.close()
      await closeServer(server)
    },
  }
}

type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>

function answersOf(
  parts: StatusServerOptions & { readonly loopWatch: LoopWatch; readonly streams: StatusStreams },
): ReadonlyMap<string, Answer> {
  const { registry, readiness, status, streams } = parts
  return new Map<string, Answer>([
    [statusPaths.live, (_, response) => answerLiveness(response, parts.loopWatch.longestStallMs())],
    [
      statusPaths.ready,
      (_, response) => {
        const found = readiness()
        sendText(response, found.ready ? 200 : 503, found.ready ? 'ready' : found.reason)
      },
    ],
    [
      statusPaths.metrics,
      async (_, response) => {
        const text = await registry.metrics()
        response.writeHead(200, { 'content-type': registry.contentType }).end(text)
      },
    ],
    [
      statusPaths.identity,
      (request, response) => {
        if (admit(request, response, parts.tokens())) sendJson(response, parts.identity)
      },
    ],
    [
      statusPaths.status,
      (request, response, url) => {
        if (!admit(request, response, parts.tokens())) return
        const watch = request.method === 'GET' ? url.searchParams.get('watch') : null
        if (watch === null) {
          sendJson(response, status().snapshot().status)
          return
        }
        streams.serve(response, status(), {
          isAdmitted: () => isOneOf(tokenOf(request) ?? '', parts.tokens() ?? []),
          knows: (type) => type !== 'diagnosis' || watch === watchWithDiagnosis,
        })
      },
    ],
  ])
}

async function answerRequest(
  answers: ReadonlyMap<string, Answer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = URL.parse(request.url ?? '', 'http://process')
  const answer = url === null ? undefined : answers.get(url.pathname)
  if (url === null || answer === undefined) {
    sendText(response, 404, `nothing is here; there are ${[...answers.keys()].join(', ')}`)
    return
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    sendText(response, 405, 'this can only be read: use GET')
    return
  }
  await answer(request, response, url)
}

function answerLiveness(response: ServerResponse, stallMs: number): void {
  if (stallMs <= hungMs) sendText(response, 200, 'alive')
  else sendText(response, 503, `the event loop stood still for ${Math.round(stallMs / 1000)} s`)
}

/** Answers a request that may not read the status; true if it may. */
function admit(request: IncomingMessage, response: ServerResponse, tokens: readonly string[] | null): boolean {
  if (tokens === null || tokens.length === 0) {
    sendText(response, 503, 'no admin token is known; mount a folder admin with a file token, one token a line')
    return false
  }
  const token = tokenOf(request)
  if (token !== null && isOneOf(token, tokens)) return true
  response.setHeader('www-authenticate', 'Bearer')
  sendText(response, 401, 'the bearer token is missing or not valid; it is in the admin Secret of the site')
  return false
}

function tokenOf({ headers }: IncomingMessage): string | null {
  const header = headers[statusTokenHeader]
  return bearerOf(headers.authorization) ?? (typeof header === 'string' ? header : null)
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`${text}\n`)
}

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

function listen(server: Server, { port, host }: { readonly port: number; readonly host?: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
