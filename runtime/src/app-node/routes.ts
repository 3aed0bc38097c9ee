import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { OrkAnswer } from '../client/ork-answer.ts'
import type { OrkClient } from '../client/ork-client.ts'
import { formatSiteStatus } from '../client/site-status.ts'
import type { Diagnosis } from '../contract/diagnosis.ts'
import { type Log, logField } from '../log.ts'
import type { Clock } from '../machine/clock.ts'
import { within } from '../machine/within.ts'
import type { AppNodeTokens } from '../process/file-readers.ts'
import { type Right, rightOf } from './admission.ts'
import { formatHealth } from './health.ts'
import { sendError } from './http-error.ts'
import { parseCommandBody, parseId, parseIdempotencyKey, parseQueryType } from './request-body.ts'
import { type Route, routeTable } from './route-table.ts'
import type { WorkerView } from './worker-view.ts'

/** What the routes ask. */
export interface RouteParts {
  readonly ork: OrkClient
  readonly workers: WorkerView
  /** ORK's public key in hex; null if App Node knows none. */
  readonly orkPublicKey: () => string | null
  /** Asked at each request, so that a replaced token counts at once. */
  readonly tokens: () => AppNodeTokens | null
  readonly fileProblems: () => Readonly<Record<string, string>>
  /** Why ORK isn't reached, for 15 s now; null otherwise. */
  readonly diagnosis: () => Diagnosis | null
  readonly clock: Clock
  readonly log: Log
}

/** Health answers within this time, whatever ORK does. */
const healthLimitMs = 2_000

/** Serves the routes of the table. */
export function addRoutes(http: FastifyInstance, parts: RouteParts): void {
  const { ork, workers, tokens } = parts
  const on = ({ method, path: url, right }: Route, handler: Handler): void => {
    http.route({ method, url, handler, ...(right !== null && admitting(right, tokens)) })
  }
  on(routeTable.health, (request) => readHealth(request, parts))
  on(routeTable.workers, async (_, reply) => answer(reply, await workers.read(), formatSiteStatus))
  on(routeTable.telemetry, async (request, reply) => {
    const id = parseId(request.params)
    const type = parseQueryType(request.query)
    if (id.kind === 'problem') return sendError(reply, 'ERR_REQUEST_INVALID', id.message)
    if (type.kind === 'problem') return sendError(reply, 'ERR_REQUEST_INVALID', type.message)
    const query = type.value === undefined ? {} : { type: type.value }
    return answer(reply, await ork.pullTelemetry(id.value, query, { requestId: request.id }))
  })
  on(routeTable.state, async (request, reply) => {
    const id = parseId(request.params)
    if (id.kind === 'problem') return sendError(reply, 'ERR_REQUEST_INVALID', id.message)
    return answer(reply, await ork.pullState(id.value, { requestId: request.id }))
  })
  on(routeTable.command, (request, reply) => sendCommand(request, reply, parts))
  on(routeTable.commandStatus, async (request, reply) => {
    const id = parseId(request.params)
    if (id.kind === 'problem') return sendError(reply, 'ERR_REQUEST_INVALID', id.message)
    return answer(reply, await ork.commandStatus(id.value, { requestId: request.id }))
  })
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<object>

/** Lets a request through that has the right; runs before its body is read. */
function admitting(right: Right, tokens: () => AppNodeTokens | null) {
  return {
    onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
      const found = rightOf(request.headers.authorization, tokens())
      if (found === right || found === 'command') return
      if (found === null) return sendError(reply.header('www-authenticate', 'Bearer'), 'ERR_AUTH_FAIL')
      return sendError(reply, 'ERR_AUTH_FAIL_NO_PERMS')
    },
  }
}

async function readHealth(request: FastifyRequest, parts: RouteParts): Promise<object> {
  const { ork, workers, orkPublicKey, tokens, fileProblems, diagnosis, clock } = parts
  const connection = ork.connection()
  const list = connection.kind === 'connected' ? await within(clock, healthLimitMs, workers.read(), null) : null
  return formatHealth({
    connection,
    orkPublicKey: orkPublicKey(),
    workers: list,
    fileProblems: fileProblems(),
    diagnosis: diagnosis(),
    detailed: rightOf(request.headers.authorization, tokens()) !== null,
  })
}

async function sendCommand(
  request: FastifyRequest,
  reply: FastifyReply,
  { ork, log }: RouteParts,
): Promise<FastifyReply> {
  const id = parseId(request.params)
  if (id.kind === 'problem') return sendError(reply, 'ERR_REQUEST_INVALID', id.message)
  const body = parseCommandBody(request.body)
  if (body.kind === 'problem') return sendError(reply, 'ERR_REQUEST_INVALID', body.message)
  const key = parseIdempotencyKey(request.headers['idempotency-key'])
  if (key.kind === 'problem') return sendError(reply, 'ERR_REQUEST_INVALID', key.message)
  const { command, params } = body.value
  const sent = await ork.sendCommand(id.value, command, params, {
    requestId: request.id,
    ...(key.value !== undefined && { idempotencyKey: key.value }),
  })
  const fields = { [logField.correlationId]: request.id, [logField.deviceId]: id.value, command }
  if (sent.kind === 'failed') log.info({ ...fields, [logField.code]: sent.code }, 'command not accepted')
  else log.info({ ...fields, [logField.commandId]: sent.value.commandId }, 'command accepted')
  return answer(reply.code(202), sent)
}

function answer<Value>(
  reply: FastifyReply,
  found: OrkAnswer<Value>,
  format: (value: Value) => unknown = (value) => value,
): FastifyReply {
  return found.kind === 'ok' ? reply.send(format(found.value)) : sendError(reply, found.code, found.message)
}
