/**
 * What callers may ask of ORK: one frame in, one bare object out. Error texts are upstream's. Telemetry and state that can't be
 * had are `{}` to upstream; here they have an `error` in it, so that the caller can tell why.
 */
import type { ErrorCode } from '../contract/error-codes.ts'
import type { RequestAction } from '../protocol/actions.ts'
import { correlationOf, type Envelope } from '../protocol/envelope.ts'
import { filledText } from '../protocol/filled-text.ts'
import { encode, encodeError, maxReplyBytes, parseOrkRequest, refuseTooLarge } from '../protocol/frames.ts'
import { parseQuery } from '../protocol/parse-query.ts'
import type { CommandRecord, Page, SiteTelemetry, Telemetry } from '../protocol/payloads.ts'
import type { Capabilities } from '../protocol/worker-contract.ts'
import { StoreError } from '../storage/store.ts'
import type { Cancelled } from './modules/command-state-machine/module.ts'
import type { Subject, TelemetryCollector } from './modules/telemetry-collector/module.ts'
import { parsePage, wholePage } from './page.ts'
import type { CommandRequest, Submitted } from './ports/command-intake.ts'

/** One worker in the list: upstream's fields, and ours. */
export interface WorkerLine {
  readonly workerId: string
  readonly deviceIds: readonly string[]
  readonly state: string
  readonly healthState: string
  readonly rpcKey: string
  /** Those of its devices that it can't reach, or that report a fault. */
  readonly unhealthyDeviceIds: readonly string[]
  readonly driver: string | null
  readonly model: string | null
}

/** What the actions need. */
export interface WirePorts {
  readonly telemetry: Pick<TelemetryCollector, 'pullTelemetry' | 'pullState' | 'pullSite'>
  /** Workers of the page, by name. */
  readonly workers: (page: Page) => readonly WorkerLine[]
  readonly workerCount: () => number
  /** Null for a device that nobody has. */
  readonly capabilitiesOf: (deviceId: string) => Capabilities | null
  readonly submit: (request: CommandRequest) => Promise<Submitted>
  /** The command as it is when it has ended, or when that hasn't come in `waitMs`; undefined if it isn't known. */
  readonly commandStatus: (commandId: string, waitMs: number) => Promise<CommandRecord | undefined>
  /** Rejects if that can't be written. */
  readonly cancelCommand: (commandId: string) => Promise<Cancelled>
  /** Rejects if that can't be written. */
  readonly terminateWorker: (workerId: string) => Promise<void>
}

/** A request, who sent it, and how long it was. */
interface Asked extends Envelope {
  readonly caller: string
  readonly sizeBytes: number
}

type Serve = (ports: WirePorts, request: Asked) => Promise<Buffer> | Buffer

/** Every action that is served. The others of the catalogue are unknown here, though not to the protocol. */
const serve: Partial<Record<RequestAction, Serve>> = {
  'worker.list': listWorkers,
  'device.capabilities': ({ capabilitiesOf }, { deviceId }) =>
    encode({ capabilities: deviceId === null ? null : capabilitiesOf(deviceId) }),
  'telemetry.pull': pullTelemetry,
  'state.pull': async ({ telemetry }, request) => {
    const pulled = await telemetry.pullState(subjectOf(request), correlationOf(request))
    return pulled.kind === 'ok' ? encode(pulled.reply) : encodeError(pulled.error)
  },
  'command.request': async ({ submit, commandStatus }, request) => {
    const { caller, deviceId, payload, sizeBytes } = request
    const submitted = await submit({ caller, deviceId, payload, sizeBytes, correlationId: correlationOf(request) })
    if (submitted.kind === 'rejected') return encodeError(submitted.error, 'REJECTED')
    const { commandId } = submitted
    const waitMs = waitMsIn(payload)
    const record = waitMs > 0 ? await commandStatus(commandId, waitMs) : undefined
    return encode(record ?? { commandId, status: 'QUEUED' })
  },
  'command.status': async ({ commandStatus }, { payload }) => {
    const commandId = filledText(payload['commandId'])
    if (commandId === null) return encodeError('ERR_COMMAND_ID_REQUIRED', 'REJECTED')
    const status = await commandStatus(commandId, waitMsIn(payload))
    return status === undefined ? encodeError('ERR_COMMAND_NOT_FOUND', 'REJECTED') : encode(status)
  },
  'command.cancel': async ({ cancelCommand }, { payload }) => {
    const commandId = filledText(payload['commandId'])
    if (commandId === null) return encodeError('ERR_COMMAND_ID_REQUIRED', 'REJECTED')
    const cancelled = await cancelCommand(commandId)
    if (cancelled.kind === 'cancelled') return encode({ commandId, cancelled: true })
    return encode({ commandId, cancelled: false, error: cancelled.error })
  },
  'worker.terminate': async ({ terminateWorker }, { payload }) => {
    const workerId = filledText(payload['workerId'])
    if (workerId === null) return encodeError('ERR_WORKER_ID_REQUIRED')
    await terminateWorker(workerId)
    return encode({ status: 'TERMINATED', workerId })
  },
}

/** Answers one frame. Rejects for bugs only. */
export async function answerFrame(ports: WirePorts, frame: Buffer, caller: string): Promise<Buffer> {
  const parsed = parseOrkRequest(frame)
  if (parsed.kind === 'problem') return encodeError(parsed.error)
  const { envelope } = parsed
  const answer = isServed(envelope.action) ? serve[envelope.action] : undefined
  if (answer === undefined) return encodeError(`ERR_UNKNOWN_ACTION: ${envelope.action}`)
  try {
    return refuseTooLarge(await answer(ports, { ...envelope, caller, sizeBytes: frame.length }))
  } catch (error) {
    if (error instanceof StoreError) return encodeError('ERR_STORE_FAILED' satisfies ErrorCode)
    throw error
  }
}

function isServed(action: string): action is keyof typeof serve {
  return Object.hasOwn(serve, action)
}

function listWorkers({ workers, workerCount }: WirePorts, { payload }: Envelope): Buffer {
  const parsed = parsePage(payload)
  switch (parsed.kind) {
    case 'problem':
      return encodeError('ERR_REQUEST_INVALID' satisfies ErrorCode)
    case 'all':
      return encode({ workers: workers(wholePage) })
    case 'page':
      return encode({ workers: workers(parsed.page), total: workerCount() })
  }
}

async function pullTelemetry({ telemetry }: WirePorts, request: Envelope): Promise<Buffer> {
  const { deviceId, payload } = request
  const query = parseQuery(payload['query'])
  const correlationId = correlationOf(request)
  if (deviceId === null && payload['scope'] === 'site') {
    const parsed = parsePage(payload)
    if (parsed.kind === 'problem') return encodeError('ERR_REQUEST_INVALID' satisfies ErrorCode)
    const page = parsed.kind === 'page' ? parsed.page : wholePage
    const ofSite = await telemetry.pullSite(query, page, { correlationId, maxBytes: maxReplyBytes })
    return ofSite.kind === 'ok' ? encodeSite(ofSite.reply) : encodeError(ofSite.error)
  }
  const pulled = await telemetry.pullTelemetry(subjectOf(request), query, correlationId)
  return pulled.kind === 'ok' ? Buffer.from(writeTelemetry(pulled.reply)) : encodeError(pulled.error)
}

function encodeSite({ workers, total }: SiteTelemetry): Buffer {
  return Buffer.from(`{"workers":[${workers.map(writeTelemetry).join()}],"total":${total}}`)
}

/** What a worker says may be nested deeper than can be written: then it is its answer alone that is lost. */
function writeTelemetry(telemetry: Telemetry & { readonly workerId?: string }): string {
  try {
    return JSON.stringify(telemetry)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return JSON.stringify({ workerId: telemetry.workerId, error: 'ERR_INTERNAL' satisfies ErrorCode })
  }
}

function subjectOf({ deviceId, payload }: Envelope): Subject {
  return { deviceId: filledText(deviceId), workerId: filledText(payload['workerId']) }
}

/** Not upstream's: its clients don't wait. */
function waitMsIn({ waitMs }: Readonly<Record<string, unknown>>): number {
  return typeof waitMs === 'number' && waitMs > 0 ? waitMs : 0
}
