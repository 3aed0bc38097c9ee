/**
 * A client of ORK: its questions as functions over one long-lived link. Every call ends within its own time limit and with
 * a value; nothing is thrown for what a network does. A question is asked again once if the link ends under it; a command
 * never is, as it may have arrived.
 */
import type { z } from 'zod'
import type { Clock } from '../machine/clock.ts'
import type { Random } from '../machine/random.ts'
import { type Dialler, type Link, LinkError, type LinkFailure, type Peer } from '../net/link.ts'
import { type Address, type Envelopes, envelopesOf } from '../protocol/envelope.ts'
import { encode, parseOrkReply } from '../protocol/frames.ts'
import type { OrkRequests, Params, TelemetryQuery } from '../protocol/payloads.ts'
import { type KeptLink, type KeptLinkTiming, keepLink } from './kept-link.ts'
import { answered, failed, type OrkAnswer, type OrkFailure, parseLinkError, parseRemoteError } from './ork-answer.ts'
import {
  type CommandAccepted,
  type CommandRecord,
  commandAccepted,
  commandRecord,
  type DeviceAnswer,
  type DeviceCapabilities,
  deviceAnswer,
  deviceCapabilities,
  type ListedWorker,
  workerList,
} from './ork-replies.ts'

/** How things stand between this client and ORK. */
export type OrkConnection =
  | { readonly kind: 'connected' }
  | { readonly kind: 'keyless' }
  /** `failure` is null before the first dial has ended. */
  | { readonly kind: 'dialling'; readonly failure: LinkFailure | null }

export interface OrkClient {
  connection(): OrkConnection
  listWorkers(): Promise<OrkAnswer<readonly ListedWorker[]>>
  /** A device's telemetry; a query of nothing is `metrics`. */
  pullTelemetry(deviceId: string, query?: TelemetryQuery): Promise<OrkAnswer<DeviceAnswer>>
  /** The state of all devices of the worker that has this device. */
  pullState(deviceId: string): Promise<OrkAnswer<DeviceAnswer>>
  capabilities(deviceId: string): Promise<OrkAnswer<DeviceCapabilities>>
  /** Resolves when ORK has written the command down; what becomes of it is asked of `commandStatus`. */
  sendCommand(deviceId: string, command: string, params?: Params): Promise<OrkAnswer<CommandAccepted>>
  commandStatus(commandId: string): Promise<OrkAnswer<CommandRecord>>
  /** Talks to another ORK from now on; null to none, and every call fails with ERR_ORK_KEY_MISSING. */
  setOrk(peer: Peer | null): void
  close(): void
}

export interface OrkClientOptions {
  readonly dialler: Dialler
  /** Name on the wire: `sender` of every envelope and `requesterId` of every command. */
  readonly sender: string
  readonly clock: Clock
  readonly random: Random
  /** Makes UUIDs. */
  readonly newId: () => string
  readonly timing?: Partial<OrkClientTiming>
  readonly onConnection?: (connection: OrkConnection) => void
}

interface OrkClientTiming extends KeptLinkTiming {
  /** A sign of life takes no longer than this. */
  readonly probeTimeoutMs: number
  /** Time that a call waits for a link if there is none. */
  readonly linkWaitMs: number
  /** What ORK answers by itself. */
  readonly ownAnswerMs: number
  /** What ORK asks a worker for. */
  readonly workerAnswerMs: number
}

const usual = { probeTimeoutMs: 1_500, linkWaitMs: 1_000, ownAnswerMs: 8_000, workerAnswerMs: 32_000 }

/** Starts without an ORK: give it one with `setOrk`. */
export function createOrkClient(options: OrkClientOptions): OrkClient {
  const { dialler, sender, clock, random, newId, onConnection } = options
  const timing = { ...usual, ...options.timing }
  const envelopes = envelopesOf(sender, { newId, now: () => clock.now() })
  let peer: Peer | null = null
  const connection = (): OrkConnection => {
    if (peer === null) return { kind: 'keyless' }
    if (kept.current() !== null) return { kind: 'connected' }
    return { kind: 'dialling', failure: kept.problem()?.failure ?? null }
  }
  const kept = keepLink({
    dialler,
    clock,
    random,
    probe: (link) => probe(link, envelopes, timing.probeTimeoutMs),
    timing,
    onChange: () => onConnection?.(connection()),
  })
  const { linkWaitMs, ownAnswerMs, workerAnswerMs } = timing
  const ask = asker({ kept, envelopes, linkWaitMs, hasOrk: () => peer !== null })
  return {
    connection,
    async listWorkers() {
      const answer = await ask('worker.list', {}, { timeoutMs: ownAnswerMs, schema: workerList })
      return answer.kind === 'ok' ? answered(answer.value.workers) : answer
    },
    pullTelemetry: async (deviceId, query = {}) =>
      refuseFailedPull(
        await ask(
          'telemetry.pull',
          { query: { type: 'metrics', ...query } },
          { deviceId, timeoutMs: workerAnswerMs, schema: deviceAnswer },
        ),
      ),
    pullState: async (deviceId) =>
      refuseFailedPull(await ask('state.pull', {}, { deviceId, timeoutMs: workerAnswerMs, schema: deviceAnswer })),
    async capabilities(deviceId) {
      const route = { deviceId, timeoutMs: ownAnswerMs, schema: deviceCapabilities }
      const answer = await ask('device.capabilities', {}, route)
      return answer.kind === 'ok' ? answered(answer.value.capabilities) : answer
    },
    sendCommand: (deviceId, command, params = {}) =>
      ask(
        'command.request',
        { command, params, requesterId: sender },
        { deviceId, timeoutMs: ownAnswerMs, schema: commandAccepted, acts: true },
      ),
    commandStatus: (commandId) =>
      ask('command.status', { commandId }, { timeoutMs: ownAnswerMs, schema: commandRecord }),
    setOrk(next) {
      peer = next
      kept.setPeer(next)
    },
    close: () => kept.close(),
  }
}

interface Route<Schema extends z.ZodType> {
  readonly deviceId?: string
  readonly timeoutMs: number
  readonly schema: Schema
  /** Whether the request does something, so that it must not be sent twice. */
  readonly acts?: boolean
}

type Ask = <A extends keyof OrkRequests, Schema extends z.ZodType>(
  action: A,
  payload: OrkRequests[A],
  route: Route<Schema>,
) => Promise<OrkAnswer<z.output<Schema>>>

interface AskerParts {
  readonly kept: KeptLink
  readonly envelopes: Envelopes
  readonly linkWaitMs: number
  readonly hasOrk: () => boolean
}

function asker({ kept, envelopes, linkWaitMs, hasOrk }: AskerParts): Ask {
  const request = async (message: Buffer, timeoutMs: number, acts: boolean): Promise<Buffer | OrkFailure> => {
    for (let tries = 1; ; tries += 1) {
      const link = await kept.wait(linkWaitMs)
      if (link === null) return failed(hasOrk() ? 'ERR_ORK_UNREACHABLE' : 'ERR_ORK_KEY_MISSING')
      try {
        return await link.request(message, { timeoutMs })
      } catch (error) {
        if (!(error instanceof LinkError)) throw error
        if (acts || error.failure !== 'closed' || tries > 1) return parseLinkError(error, acts)
      }
    }
  }
  return async (action, payload, { deviceId, timeoutMs, schema, acts = false }) => {
    const to: Address = deviceId === undefined ? {} : { deviceId }
    const frame = await request(encode(envelopes.toOrk(action, payload, to)), timeoutMs, acts)
    if (!Buffer.isBuffer(frame)) return frame
    const reply = parseOrkReply(action, frame)
    if (reply.kind === 'refused') return parseRemoteError(reply.error)
    const parsed = reply.kind === 'ok' ? schema.safeParse(reply.reply) : null
    if (parsed?.success === true) return answered(parsed.data)
    return failed('ERR_INTERNAL', `ORK's reply to ${action} is not what the protocol says`)
  }
}

/** A pull that failed comes back empty from upstream's kernel, and with `error` from ours or from the worker. */
function refuseFailedPull(answer: OrkAnswer<DeviceAnswer>): OrkAnswer<DeviceAnswer> {
  if (answer.kind === 'failed') return answer
  const { error } = answer.value
  if (typeof error === 'string') return parseRemoteError(error)
  if (Object.keys(answer.value).length > 0) return answer
  return failed('ERR_WORKER_NOT_ROUTABLE', 'ORK does not know the device, or its worker does not answer')
}

/** ORK doesn't serve `health.ping`, but says so: any reply is a sign of life. */
async function probe(link: Link, envelopes: Envelopes, timeoutMs: number): Promise<void> {
  await link.request(encode(envelopes.toWorker('health.ping', {})), { timeoutMs })
}
