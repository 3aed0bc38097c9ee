/**
 * A client of ORK: its questions as functions over one long-lived link. Every call ends within its own time limit and with
 * a value; nothing is thrown for what a network does. A question is asked again once if the link ends under it or is replaced. A
 * command never is, as it may have arrived, unless a key makes both one to this ORK; and it isn't sent while ORK gives no sign of life.
 */
import type { z } from 'zod'
import type { Clock } from '../machine/clock.ts'
import type { Random } from '../machine/random.ts'
import type { Dialler, Link, LinkFailure, Peer } from '../net/link.ts'
import { type Address, type Envelopes, envelopesOf } from '../protocol/envelope.ts'
import { encode, parseOrkReply } from '../protocol/frames.ts'
import type { OrkRequests, Page, Params, TelemetryQuery } from '../protocol/payloads.ts'
import { type KeptLink, type KeptLinkTiming, keepLink } from './kept-link.ts'
import { answered, failed, type OrkAnswer, parseLinkError, parseRemoteError } from './ork-answer.ts'
import {
  type CommandAccepted,
  type CommandCancelled,
  type CommandRecord,
  commandAccepted,
  commandCancelled,
  commandRecord,
  type DeviceCapabilities,
  type DeviceState,
  type DeviceTelemetry,
  deviceCapabilities,
  deviceTelemetry,
  type ListedWorker,
  siteTelemetry,
  type WorkerPull,
  type WorkerTelemetry,
  type WorkerTerminated,
  workerList,
  workerState,
  workerTelemetry,
  workerTerminated,
} from './ork-replies.ts'
import { type Repeatable, sendOver } from './send-over.ts'
import { type PageOf, walkPages } from './walk-pages.ts'
import { writeMessage } from './write-message.ts'

/** How things stand between this client and ORK. */
export type OrkConnection =
  | { readonly kind: 'connected' }
  | { readonly kind: 'keyless' }
  /** `failure` is null before the first dial has ended. */
  | { readonly kind: 'dialling'; readonly failure: LinkFailure | null }

export interface CallOptions {
  /** The call ends within this time, whatever happens. */
  readonly timeoutMs?: number
  /** Names the request in the logs of ORK and worker: 1 to 128 visible ASCII characters, a fresh UUID unless given. */
  readonly requestId?: string
}

export interface CommandOptions extends CallOptions {
  /** The caller's own name of the command: 1 to 128 visible ASCII characters. */
  readonly idempotencyKey?: string
}

export interface StatusOptions extends CallOptions {
  /**
   * ORK answers when the command has ended, or this long after it was asked. An upstream kernel, and an ORK that has too many
   * that wait, answer at once.
   */
  readonly waitMs?: number
}

export interface FollowOptions extends Pick<CallOptions, 'timeoutMs'> {
  readonly idempotencyKey: string
  readonly requestId?: string | undefined
  /** As with `commandStatus`, from when ORK has the command. */
  readonly waitMs: number
}

export interface OrkClient {
  connection(): OrkConnection
  /** Resolves with true as soon as there is a link to ORK, with false when the time is over. */
  connected(timeoutMs: number): Promise<boolean>
  /** All workers, by as many questions as they have pages. */
  listWorkers(options?: CallOptions): Promise<OrkAnswer<readonly ListedWorker[]>>
  /** Workers from the `offset`th on, sorted by id, `limit` at most. All of them from an upstream kernel, which knows no pages. */
  listWorkersPage(page: Page, options?: CallOptions): Promise<OrkAnswer<PageOf<ListedWorker>>>
  /** A device's telemetry; a query of nothing is `metrics`. */
  pullTelemetry(deviceId: string, query?: TelemetryQuery, options?: CallOptions): Promise<OrkAnswer<DeviceTelemetry>>
  /** Telemetry of a worker with all of its devices, as they were last read, by one request to it. Of our ORK only. */
  pullWorkerTelemetry(
    workerId: string,
    query?: TelemetryQuery,
    options?: CallOptions,
  ): Promise<OrkAnswer<WorkerTelemetry>>
  /** The same of all workers; whoever doesn't answer has a failure in its place. */
  pullSiteTelemetry(query?: TelemetryQuery, options?: CallOptions): Promise<OrkAnswer<readonly WorkerPull[]>>
  /** The state of all devices of the worker that has this device. */
  pullState(deviceId: string, options?: CallOptions): Promise<OrkAnswer<DeviceState>>
  capabilities(deviceId: string, options?: CallOptions): Promise<OrkAnswer<DeviceCapabilities>>
  /**
   * Resolves when ORK has written the command down; what becomes of it is asked of `commandStatus`. With a key it may be sent again
   * to an ORK that knows keys: as long as it knows the first, all with that key are the same command.
   */
  sendCommand(
    deviceId: string,
    command: string,
    params?: Params,
    options?: CommandOptions,
  ): Promise<OrkAnswer<CommandAccepted>>
  /** Sends a command, and resolves with it when it has ended or ORK waits no longer. */
  followCommand(
    deviceId: string,
    command: string,
    params: Params | undefined,
    options: FollowOptions,
  ): Promise<OrkAnswer<CommandRecord>>
  commandStatus(commandId: string, options?: StatusOptions): Promise<OrkAnswer<CommandRecord>>
  /** Cancels a command that hasn't been sent to its worker yet. */
  cancelCommand(commandId: string, options?: CallOptions): Promise<OrkAnswer<CommandCancelled>>
  /** Takes a worker out of ORK's registry. One that is on the roster comes back when it is found again. */
  terminateWorker(workerId: string, options?: CallOptions): Promise<OrkAnswer<WorkerTerminated>>
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

export interface OrkClientTiming extends KeptLinkTiming {
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
/** A worker with a hundred devices takes 2 kB in the list, and 100 kB in telemetry. */
const workersToAPage = { listed: 500, pulled: 50 }

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
  const ask = asker({ kept, clock, envelopes, linkWaitMs: timing.linkWaitMs, hasOrk: () => peer !== null })
  return {
    ...questions(ask, timing),
    ...wholes(ask, clock, timing),
    ...acts(ask, sender, timing),
    connection,
    connected: async (timeoutMs) => (await kept.wait(timeoutMs)) !== null,
    setOrk(next) {
      peer = next
      kept.setPeer(next)
    },
    close: () => kept.close(),
  }
}

type Limits = Pick<OrkClientTiming, 'ownAnswerMs' | 'workerAnswerMs'>

/** What may be asked again. */
function questions(ask: Ask, { ownAnswerMs, workerAnswerMs }: Limits) {
  return {
    async pullTelemetry(
      deviceId: string,
      query: TelemetryQuery = {},
      { timeoutMs = workerAnswerMs, requestId }: CallOptions = {},
    ) {
      const route = { deviceId, timeoutMs, requestId, schema: deviceTelemetry }
      return refuseFailedPull(await ask('telemetry.pull', { query: { type: 'metrics', ...query } }, route))
    },
    async pullState(deviceId: string, { timeoutMs = workerAnswerMs, requestId }: CallOptions = {}) {
      return refuseFailedPull(await ask('state.pull', {}, { deviceId, timeoutMs, requestId, schema: workerState }))
    },
    async capabilities(deviceId: string, { timeoutMs = ownAnswerMs, requestId }: CallOptions = {}) {
      const route = { deviceId, timeoutMs, requestId, schema: deviceCapabilities }
      const answer = await ask('device.capabilities', {}, route)
      return answer.kind === 'ok' ? answered(answer.value.capabilities) : answer
    },
    commandStatus(commandId: string, options: StatusOptions = {}) {
      const { waitMs = 0, timeoutMs = ownAnswerMs + waitMs, requestId } = options
      const payload = waitMs > 0 ? { commandId, waitMs } : { commandId }
      return ask('command.status', payload, { timeoutMs, requestId, schema: commandRecord })
    },
    terminateWorker: (workerId: string, { timeoutMs = ownAnswerMs, requestId }: CallOptions = {}) =>
      ask('worker.terminate', { workerId }, { timeoutMs, requestId, schema: workerTerminated }),
  } satisfies Partial<OrkClient>
}

/** What isn't about one device, and may be asked again. */
function wholes(ask: Ask, clock: Clock, { ownAnswerMs, workerAnswerMs }: Limits) {
  const askList = (page: Page, timeoutMs: number, requestId?: string) =>
    ask('worker.list', page, { timeoutMs, requestId, schema: workerList })
  return {
    listWorkersPage: (page: Page, { timeoutMs = ownAnswerMs, requestId }: CallOptions = {}) =>
      askList(page, timeoutMs, requestId),
    listWorkers({ timeoutMs = ownAnswerMs, requestId }: CallOptions = {}) {
      const askPage = (page: Page, leftMs: number) => askList(page, leftMs, requestId)
      return walkPages({ clock, ask: askPage, limit: workersToAPage.listed, timeoutMs })
    },
    async pullWorkerTelemetry(
      workerId: string,
      query: TelemetryQuery = {},
      { timeoutMs = workerAnswerMs, requestId }: CallOptions = {},
    ) {
      const payload = { workerId, query: { type: 'metrics', ...query } }
      return refuseFailedPull(await ask('telemetry.pull', payload, { timeoutMs, requestId, schema: workerTelemetry }))
    },
    pullSiteTelemetry(query: TelemetryQuery = {}, { timeoutMs = workerAnswerMs, requestId }: CallOptions = {}) {
      const payload = { scope: 'site', query: { type: 'metrics', ...query } } as const
      const askPage = (page: Page, leftMs: number) =>
        ask('telemetry.pull', { ...payload, ...page }, { timeoutMs: leftMs, requestId, schema: siteTelemetry })
      return walkPages({ clock, ask: askPage, limit: workersToAPage.pulled, timeoutMs })
    },
  } satisfies Partial<OrkClient>
}

/** What does something, and something else when it is done twice. */
function acts(ask: Ask, requesterId: string, { ownAnswerMs }: Limits) {
  return {
    sendCommand(deviceId: string, command: string, params: Params = {}, options: CommandOptions = {}) {
      const { timeoutMs = ownAnswerMs, requestId, idempotencyKey } = options
      const route = { deviceId, timeoutMs, requestId, schema: commandAccepted }
      const request = { command, params, requesterId }
      if (idempotencyKey === undefined) return ask('command.request', request, { ...route, repeatable: 'never' })
      return ask('command.request', { ...request, idempotencyKey }, { ...route, repeatable: 'to-ours' })
    },
    followCommand(deviceId: string, command: string, params: Params = {}, options: FollowOptions) {
      const { idempotencyKey, waitMs, timeoutMs = ownAnswerMs + waitMs, requestId } = options
      const payload = { command, params, requesterId, idempotencyKey, waitMs }
      const route = { deviceId, timeoutMs, requestId, schema: commandRecord, repeatable: 'to-ours' } as const
      return ask('command.request', payload, route)
    },
    cancelCommand: (commandId: string, { timeoutMs = ownAnswerMs, requestId }: CallOptions = {}) =>
      ask('command.cancel', { commandId }, { timeoutMs, requestId, schema: commandCancelled, repeatable: 'never' }),
  } satisfies Partial<OrkClient>
}

interface Route<Schema extends z.ZodType> {
  readonly deviceId?: string
  readonly timeoutMs: number
  readonly requestId?: string | undefined
  readonly schema: Schema
  readonly repeatable?: Repeatable
}

type Ask = <A extends keyof OrkRequests, Schema extends z.ZodType>(
  action: A,
  payload: OrkRequests[A],
  route: Route<Schema>,
) => Promise<OrkAnswer<z.output<Schema>>>

interface AskerParts {
  readonly kept: KeptLink
  readonly clock: Clock
  readonly envelopes: Envelopes
  readonly linkWaitMs: number
  readonly hasOrk: () => boolean
}

function asker({ kept, clock, envelopes, linkWaitMs, hasOrk }: AskerParts): Ask {
  return async (action, payload, { deviceId, timeoutMs, requestId, schema, repeatable = 'always' }) => {
    const to: Address = { id: requestId, deviceId: deviceId ?? null }
    const message = writeMessage(envelopes.toOrk(action, payload, to))
    if (message.kind === 'failed') return message
    const sent = await sendOver(kept, clock, message.value, { timeoutMs, linkWaitMs, repeatable })
    if (sent.kind === 'unlinked') return failed(hasOrk() ? 'ERR_ORK_UNREACHABLE' : 'ERR_ORK_KEY_MISSING')
    if (sent.kind === 'failed') return parseLinkError(sent.error, sent.fateUnknown)
    return parseReply(action, sent.frame, schema)
  }
}

function parseReply<Schema extends z.ZodType>(
  action: keyof OrkRequests,
  frame: Buffer,
  schema: Schema,
): OrkAnswer<z.output<Schema>> {
  const reply = parseOrkReply(action, frame)
  if (reply.kind === 'refused') return parseRemoteError(reply.error)
  const parsed = reply.kind === 'ok' ? schema.safeParse(reply.reply) : null
  if (parsed?.success === true) return answered(parsed.data)
  return failed('ERR_INTERNAL', `ORK's reply to ${action} is not what the protocol says`)
}

/** A pull that failed comes back empty from upstream's kernel, and with `error` from ours or from the worker. */
function refuseFailedPull<Value extends Readonly<Record<string, unknown>>>(answer: OrkAnswer<Value>): OrkAnswer<Value> {
  if (answer.kind === 'failed') return answer
  const error = answer.value['error']
  if (typeof error === 'string') return parseRemoteError(error)
  if (Object.keys(answer.value).length > 0) return answer
  return failed('ERR_WORKER_NOT_ROUTABLE', 'ORK knows no such device or worker, or the worker does not answer')
}

/** ORK doesn't serve `health.ping`, but says so: any reply is a sign of life. */
async function probe(link: Link, envelopes: Envelopes, timeoutMs: number): Promise<void> {
  await link.request(encode(envelopes.toWorker('health.ping', {})), { timeoutMs })
}
