/**
 * The HTTP side of App Node. Every error leaves as `{error: {code, message}}` with the status of its code, and nothing that
 * a client sent or a peer wrote is trusted before it was parsed.
 */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import { type ErrorCode, errorCodes } from '../contract/error-codes.ts'
import { type Log, logField } from '../log.ts'
import type { Clock } from '../machine/clock.ts'
import { limitConnections } from '../process/limit-connections.ts'
import { isRequestId } from '../protocol/envelope.ts'
import { sendError } from './http-error.ts'
import type { HttpMetrics } from './http-metrics.ts'

export interface HttpServerOptions {
  /** TCP port; 0 takes any free one. */
  readonly port: number
  /** Address to serve on; every one of the host unless given. */
  readonly host?: string
  /** Adds the routes. */
  readonly routes: (http: FastifyInstance) => void
  readonly metrics: HttpMetrics
  readonly log: Log
  readonly clock: Clock
  /** A fresh UUID: the id of a request that has none. */
  readonly newId: () => string
  /** Open at once; 1,024 unless given. */
  readonly maxConnections?: number
}

export interface HttpServer {
  /** The port that it got. */
  readonly port: number
  /** Answers what is under way, for 3 s at most. */
  close(): Promise<void>
}

/** No body that is accepted here is anywhere near this large. */
const maxBodyBytes = 64 * 1024
const usualConnections = 1_024
const drainMs = 3_000
/** Names a request: the caller's name for it counts, and the answer has it or a fresh one. */
const requestIdHeader = 'x-request-id'

/** Every address of the host, IPv6 as well where it has any. */
function anyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((ofInterface) => ofInterface ?? [])
  return addresses.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0'
}

function portOf(http: FastifyInstance): number | null {
  const address = http.server.address()
  return address === null || typeof address === 'string' ? null : address.port
}

/** Serves HTTP. Rejects if the port can't be had. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { port, host = anyAddress(), routes, metrics, log, clock, newId } = options
  const { maxConnections = usualConnections } = options
  const http = Fastify({
    logger: false,
    trustProxy: false,
    bodyLimit: maxBodyBytes,
    requestTimeout: 30_000,
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    genReqId({ headers: { [requestIdHeader]: given } }) {
      return isRequestId(given) ? given : newId()
    },
    keepAliveTimeout: 30_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 256 },
    frameworkErrors: (_, __, reply) => void sendError(reply, 'ERR_REQUEST_INVALID', 'the path cannot be understood'),
    clientErrorHandler: refuseMalformed,
  })
  limitConnections(http.server, maxConnections)
  http.addHook('onSend', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    reply.header(requestIdHeader, request.id)
  })
  http.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    metrics.onResponse({ method: request.method, route, status: reply.statusCode, durationMs: reply.elapsedTime })
  })
  answerErrors(http, log)
  routes(http)
  await http.listen({ port, host })
  return {
    port: portOf(http) ?? port,
    async close() {
      const drained = new AbortController()
      const late = clock.sleep(drainMs, drained.signal).then(() => http.server.closeAllConnections())
      await http.close()
      drained.abort()
      await late
    },
  }
}

/** What comes before there is a request: it is no HTTP, or its head is too large or too late. */
function refuseMalformed(_: Error, socket: Socket): void {
  const { http, text } = errorCodes.ERR_REQUEST_INVALID
  const body = JSON.stringify({ error: { code: 'ERR_REQUEST_INVALID' satisfies ErrorCode, message: text } })
  const head = [
    `HTTP/1.1 ${http} ${STATUS_CODES[http]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
  ]
  if (socket.writable) socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
  else socket.destroy()
}

function answerErrors(http: FastifyInstance, log: Log): void {
  http.setNotFoundHandler((_, reply) => sendError(reply, 'ERR_ROUTE_NOT_FOUND'))
  http.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.statusCode === 413) return sendError(reply, 'ERR_REQUEST_TOO_LARGE')
    if (error.statusCode === 415) return sendError(reply, 'ERR_REQUEST_INVALID', 'the body must be application/json')
    if ((error.statusCode ?? 500) < 500)
      return sendError(reply, 'ERR_REQUEST_INVALID', 'the body must be a JSON object')
    const fields = { [logField.correlationId]: request.id, route: request.routeOptions.url }
    log.error({ ...fields, [logField.error]: error }, 'request failed')
    return sendError(reply, 'ERR_INTERNAL')
  })
}
