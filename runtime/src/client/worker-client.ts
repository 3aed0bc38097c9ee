/**
 * A client of one worker, without ORK between: for a worker that lets this client in, which ours does for nobody but its ORK. What
 * it does isn't in ORK's records, and what ORK does at the same time isn't known here.
 */
import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '../machine/clock.ts'
import { type Random, systemRandom } from '../machine/random.ts'
import type { Dialler, Peer } from '../net/link.ts'
import { envelopesOf } from '../protocol/envelope.ts'
import { encode, parseWorkerReply } from '../protocol/frames.ts'
import type {
  CommandResult,
  Identity,
  Params,
  Pong,
  Telemetry,
  TelemetryQuery,
  WorkerReplies,
  WorkerRequests,
  WorkerState,
} from '../protocol/payloads.ts'
import type { WorkerContract } from '../protocol/worker-contract.ts'
import { keepLink } from './kept-link.ts'
import { answered, failed, type OrkAnswer, type OrkFailure, parseRemoteError } from './ork-answer.ts'
import type { CallOptions } from './ork-client.ts'
import { type Repeatable, type Sent, sendOver } from './send-over.ts'
import { writeMessage } from './write-message.ts'

/** A command's end; `error` is null unless it is FAILED. */
export interface WorkerCommandResult extends Omit<CommandResult, 'error'> {
  readonly error: Pick<OrkFailure, 'code' | 'message'> | null
}

export interface WorkerClient {
  getIdentity(options?: CallOptions): Promise<OrkAnswer<Identity>>
  getContract(options?: CallOptions): Promise<OrkAnswer<WorkerContract>>
  ping(options?: CallOptions): Promise<OrkAnswer<Pong>>
  /** Telemetry of a device, or (null) of the whole worker. */
  pullTelemetry(
    deviceId: string | null,
    query?: TelemetryQuery | string,
    options?: CallOptions,
  ): Promise<OrkAnswer<Telemetry>>
  pullState(options?: CallOptions): Promise<OrkAnswer<WorkerState>>
  /** Runs a command and resolves with its end. */
  sendCommand(
    deviceId: string,
    command: string,
    params?: Params,
    options?: CallOptions,
  ): Promise<OrkAnswer<WorkerCommandResult>>
  close(): void
}

export interface WorkerClientParts {
  readonly node: Dialler
  readonly sender?: string
  readonly clock?: Clock
  readonly random?: Random
  readonly newId?: () => string
}

const linkWaitMs = 5_000
const ownAnswerMs = 8_000
/** What the worker asks a device for. */
const deviceAnswerMs = 32_000

/** Dials the worker at once. */
export function createWorkerClient(worker: Peer, parts: WorkerClientParts): WorkerClient {
  const { node, sender = 'app-node', clock = systemClock, random = systemRandom, newId = randomUUID } = parts
  const envelopes = envelopesOf(sender, { newId, now: () => clock.now() })
  const ping = encode(envelopes.toWorker('health.ping', {}))
  const kept = keepLink({
    dialler: node,
    clock,
    random,
    probe: async (link) => {
      await link.request(ping, { timeoutMs: 1_500 })
    },
  })
  kept.setPeer(worker)
  const ask = async <A extends keyof WorkerReplies>(
    action: A,
    payload: WorkerRequests[A],
    { deviceId = null, timeoutMs, requestId, repeatable = 'always' }: Route,
  ): Promise<OrkAnswer<WorkerReplies[A]>> => {
    const message = writeMessage(envelopes.toWorker(action, payload, { id: requestId, deviceId, timeoutMs }))
    if (message.kind === 'failed') return message
    const sent = await sendOver(kept, clock, message.value, { timeoutMs, linkWaitMs, repeatable })
    if (sent.kind !== 'answered') return failed(codeOf(sent))
    const reply = parseWorkerReply(action, sent.frame)
    if (reply.kind === 'refused') return parseRemoteError(reply.error)
    if (reply.kind === 'ok') return answered(reply.reply)
    return failed('ERR_INTERNAL', `the worker's reply to ${action} is not what the protocol says`)
  }
  return {
    getIdentity: (options) => ask('identity.request', {}, { timeoutMs: ownAnswerMs, ...options }),
    async getContract(options) {
      const answer = await ask('capability.request', {}, { timeoutMs: ownAnswerMs, ...options })
      return answer.kind === 'ok' ? answered(answer.value.contract) : answer
    },
    ping: (options) => ask('health.ping', {}, { timeoutMs: ownAnswerMs, ...options }),
    async pullTelemetry(deviceId, query = {}, options = {}) {
      const asked = typeof query === 'string' ? { type: query } : { type: 'metrics', ...query }
      const about = deviceId === null ? {} : { deviceId }
      const route = { deviceId, timeoutMs: deviceAnswerMs, ...options }
      const answer = await ask('telemetry.pull', { ...about, query: asked }, route)
      return answer.kind === 'ok' && answer.value.error !== undefined ? parseRemoteError(answer.value.error) : answer
    },
    pullState: (options) => ask('state.pull', {}, { timeoutMs: deviceAnswerMs, ...options }),
    async sendCommand(deviceId, command, params = {}, options = {}) {
      const payload = { commandId: newId(), command, params, scope: 'device' } as const
      const route = { deviceId, timeoutMs: deviceAnswerMs, ...options, repeatable: 'never' } as const
      const answer = await ask('command.request', payload, route)
      return answer.kind === 'ok' ? answered(formatResult(answer.value)) : answer
    },
    close: () => kept.close(),
  }
}

interface Route {
  readonly deviceId?: string | null
  readonly timeoutMs: number
  readonly requestId?: string
  readonly repeatable?: Repeatable
}

function codeOf(sent: Exclude<Sent, { kind: 'answered' }>): OrkFailure['code'] {
  if (sent.kind === 'unlinked') return 'ERR_WORKER_NOT_ROUTABLE'
  if (sent.fateUnknown) return 'ERR_COMMAND_FATE_UNKNOWN'
  return sent.error.failure === 'timeout' ? 'ERR_WORKER_TIMEOUT' : 'ERR_WORKER_NOT_ROUTABLE'
}

function formatResult({ error, ...result }: CommandResult): WorkerCommandResult {
  if (error === undefined) return { ...result, error: null }
  const { code, message } = parseRemoteError(error, 'ERR_COMMAND_FAILED')
  return { ...result, error: { code, message } }
}
