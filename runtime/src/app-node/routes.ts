import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { OrkAnswer } from '../client/ork-answer.ts'
import type { OrkClient } from '../client/ork-client.ts'
import type { ListedWorker } from '../client/ork-replies.ts'
import type { Diagnosis } from '../contract/diagnosis.ts'
import { type Log, logField } from '../log.ts'
import type { Clock } from '../machine/clock.ts'
import type { AppNodeTokens } from '../process/file-readers.ts'
import { type Right, rightOf } from './admission.ts'
import { formatHealth } from './health.ts'
import { sendError } from './http-error.ts'
import { parseCommandBody, parseId, parseIdempotencyKey, parseQueryType } from './request-body.ts'
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

/** The routes of App Node: paths and answers of upstream's that an MDK kernel can serve, `/health`, and command status. */
export function addRoutes(http: FastifyInstance, parts: RouteParts): void {
  const { ork, workers, tokens } = parts
  const reading = admitting('read', tokens)
  const commanding = admitting('command', tokens)

  http.get('/health', (request) => readHealth(request, parts))
  http.get('/site-monitor/workers', reading, async (_, reply) => answer(reply, await workers.read(), formatWorkers))
  http.get('/site-monitor/devices/:id/telemetry', reading, async (request, reply) => {
    const id = parseId(request.params)
    const type = parseQueryType(request.query)
    if (id.kind === 'problem') return sendError(reply, 'ERR_REQUEST_INVALID', id.message)
    if (type.kind === 'problem') return sendError(reply, 'ERR_REQUEST_INVALID', type.message)
    const query = type.value === undefined ? {} : { type: type.value }
    return answer(reply, await ork.pullTelemetry(id.value, query))
  })
  http.get('/site-monitor/devices/:id/state', reading, async (request, reply) => {
    const id = parseId(request.params)
    if (id.kind === 'problem') return sendError(reply, 'ERR_REQUEST_INVALID', id.message)
    return answer(reply, await ork.pullState(id.value))
  })
  http.post('/site-monitor/devices/:id/commands', commanding, (request, reply) => sendCommand(request, reply, parts))
  http.get('/site-monitor/commands/:id', reading, async (request, reply) => {
    const id = parseId(request.params)
    if (id.kind === 'problem') return sendError(reply, 'ERR_REQUEST_INVALID', id.message)
    return answer(reply, await ork.commandStatus(id.value))
  })
}

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
  const answered = new AbortController()
  const late = clock.sleep(healthLimitMs, answered.signal).then(() => null)
  const list = connection.kind === 'connected' ? await Promise.race([workers.read(), late]) : null
  answered.abort()
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
  const sent = await ork.sendCommand(
    id.value,
    command,
    params,
    key.value === undefined ? {} : { idempotencyKey: key.value },
  )
  const fields = { [logField.deviceId]: id.value, command }
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

function formatWorkers(workers: readonly ListedWorker[]): object {
  const shown = workers.map((worker) => ({ ...worker, deviceCount: worker.deviceIds.length }))
  return { workers: shown, totalDevices: shown.reduce((count, { deviceCount }) => count + deviceCount, 0) }
}
