/**
 * The client library: what a program outside of the site's processes asks of ORK, with the names of upstream's client. Every call
 * ends within its time limit and with a value that is typed, or says by a code why there is none. The link to ORK is kept: it
 * comes back by itself when ORK does.
 */
import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '../machine/clock.ts'
import { type Random, systemRandom } from '../machine/random.ts'
import type { Dialler, Peer, PeerAddress } from '../net/link.ts'
import type { Params, TelemetryQuery } from '../protocol/payloads.ts'
import { awaitCommand } from './await-command.ts'
import { answered, failed, type OrkAnswer } from './ork-answer.ts'
import {
  type CallOptions,
  type CommandOptions,
  createOrkClient,
  type OrkClient,
  type OrkClientTiming,
} from './ork-client.ts'
import type { CommandRecord, DeviceCapabilities, DeviceTelemetry, WorkerPull, WorkerTelemetry } from './ork-replies.ts'
import { type DhtOptions, ownNode } from './own-node.ts'
import { runCommand } from './run-command.ts'
import {
  type DeviceWanted,
  findDevice,
  findWorkers,
  formatSiteStatus,
  type SiteStatus,
  type SiteWorker,
  type WorkersWanted,
} from './site-status.ts'
import { type WaitOptions, waitUntil } from './wait-until.ts'
import { watchStatus } from './watch-status.ts'
import { createWorkerClient, type WorkerClientParts, type WorkerCommandResult } from './worker-client.ts'

export interface MdkClient
  extends Pick<
    OrkClient,
    | 'connection'
    | 'listWorkers'
    | 'listWorkersPage'
    | 'pullState'
    | 'sendCommand'
    | 'commandStatus'
    | 'cancelCommand'
    | 'terminateWorker'
  > {
  /** Begins to dial ORK and resolves when it is reached, or with why it wasn't in time; dialling goes on then. Any call begins too. */
  connect(options?: Pick<CallOptions, 'timeoutMs'>): Promise<OrkAnswer<void>>
  /** Ends the link. Calls fail from now on, and so do those that wait. */
  close(): Promise<void>
  /** All workers of the site, with how many devices they have. */
  getStatus(options?: CallOptions): Promise<OrkAnswer<SiteStatus>>
  /** The status now, and then whenever it is another one, until the signal is aborted or the client closed. */
  watchStatus(options?: {
    readonly intervalMs?: number
    readonly signal?: AbortSignal
  }): AsyncGenerator<OrkAnswer<SiteStatus>, void>
  /** Resolves with the workers that serve when there are as many as wanted; ERR_MDK_WAIT_WORKERS_TIMEOUT otherwise. */
  waitForWorkers(options?: WaitOptions & WorkersWanted): Promise<OrkAnswer<readonly SiteWorker[]>>
  /** Resolves with the worker that serves the device; ERR_MDK_WAIT_DEVICE_TIMEOUT otherwise. */
  waitForDevice(deviceId: string, options?: WaitOptions & DeviceWanted): Promise<OrkAnswer<SiteWorker>>
  getCapabilities(deviceId: string, options?: CallOptions): Promise<OrkAnswer<DeviceCapabilities>>
  /** A query may be its type alone; without one it is `metrics`. */
  pullTelemetry(
    deviceId: string,
    query?: TelemetryQuery | string,
    options?: CallOptions,
  ): Promise<OrkAnswer<DeviceTelemetry>>
  /** Of a worker with all of its devices, as they were last read, by one request to it. An upstream kernel has none. */
  pullWorkerTelemetry(
    workerId: string,
    query?: TelemetryQuery | string,
    options?: CallOptions,
  ): Promise<OrkAnswer<WorkerTelemetry>>
  /** Of all workers; whoever doesn't answer has a failure in its place. 32 s are the limit for all of it, unless given. */
  pullSiteTelemetry(query?: TelemetryQuery | string, options?: CallOptions): Promise<OrkAnswer<readonly WorkerPull[]>>
  /**
   * Sends a command and resolves with it when it is SUCCESS or FAILED; ERR_MDK_WAIT_COMMAND_TIMEOUT if it is neither in 30 s. It
   * gets a key if it has none, so that it runs once even if ORK restarts meanwhile.
   */
  runCommand(
    deviceId: string,
    command: string,
    params?: Params,
    options?: CommandOptions,
  ): Promise<OrkAnswer<CommandRecord>>
  /** Resolves with the command when it is SUCCESS or FAILED; ERR_MDK_WAIT_COMMAND_TIMEOUT if it is neither in 30 s. */
  waitForCommand(commandId: string, options?: Pick<CallOptions, 'timeoutMs'>): Promise<OrkAnswer<CommandRecord>>
  /** The public key of a worker; ERR_MDK_WORKER_KEY_UNKNOWN if ORK has no such worker. */
  getWorkerKey(workerId: string, options?: CallOptions): Promise<OrkAnswer<string>>
  /**
   * Sends a command straight to a worker, past ORK and what it keeps of commands: for a worker that lets this client in. Resolves
   * when the command has ended.
   */
  sendWorkerCommand(
    workerId: string,
    deviceId: string,
    command: string,
    params?: Params,
  ): Promise<OrkAnswer<WorkerCommandResult>>
}

/** ORK in the DHT: the client opens a node of its own. `key` is ORK's public key, `address` where its port answers, if known. */
interface OverDht {
  readonly hrpc: DhtOptions & { readonly key: string; readonly address?: PeerAddress }
}

/** ORK in a network that the program is in already; whoever opened the node closes it. */
interface OverNode {
  readonly node: Dialler
  readonly ork: Peer
}

export type MdkClientOptions = (OverDht | OverNode) & {
  /** Name on the wire; `app-node` unless given, as upstream's client has it. */
  readonly sender?: string
  readonly timing?: Partial<OrkClientTiming>
  readonly clock?: Clock
  readonly random?: Random
  readonly newId?: () => string
}

/** Longer than a link takes to come back when ORK restarts. */
const linkWaitMs = 5_000
const connectMs = 10_000
const commandMs = 30_000

/** Does nothing before `connect` or the first call. */
export function createMdkClient(options: MdkClientOptions): MdkClient {
  const { sender = 'app-node', clock = systemClock, random = systemRandom, newId = randomUUID } = options
  const { node, peer, leave } = networkOf(options)
  const client = createOrkClient({
    dialler: node,
    sender,
    clock,
    random,
    newId,
    timing: { linkWaitMs, ...options.timing },
  })
  const closed = new AbortController()
  let begun = false
  const ork = (): OrkClient => {
    if (!begun && !closed.signal.aborted) client.setOrk(peer)
    begun = true
    return client
  }
  return {
    ...calls(ork),
    ...waits(ork, { clock, newId, closed: closed.signal }),
    ...workerCalls(ork, { node, sender, clock, random, newId }),
    connection: () => client.connection(),
    async connect({ timeoutMs = connectMs } = {}) {
      if (await ork().connected(timeoutMs)) return answered(undefined)
      return failed('ERR_ORK_UNREACHABLE', `ORK ${peer.publicKey} was not reached in ${timeoutMs} ms`)
    },
    async close() {
      closed.abort()
      client.close()
      await leave()
    },
  }
}

interface Network {
  readonly node: Dialler
  readonly peer: Peer
  readonly leave: () => Promise<void>
}

function networkOf(options: OverDht | OverNode): Network {
  if ('node' in options) return { node: options.node, peer: options.ork, leave: () => Promise.resolve() }
  const { key, address, ...dht } = options.hrpc
  const node = ownNode(dht)
  const peer = { publicKey: key, ...(address !== undefined && { address }) }
  return { node, peer, leave: () => node.close() }
}

type Ork = () => OrkClient

/** One question each. */
function calls(ork: Ork) {
  return {
    listWorkers: (options) => ork().listWorkers(options),
    listWorkersPage: (page, options) => ork().listWorkersPage(page, options),
    async getStatus(options) {
      const listed = await ork().listWorkers(options)
      return listed.kind === 'ok' ? answered(formatSiteStatus(listed.value)) : listed
    },
    getCapabilities: (deviceId, options) => ork().capabilities(deviceId, options),
    pullTelemetry: (deviceId, query, options) => ork().pullTelemetry(deviceId, queryOf(query), options),
    pullWorkerTelemetry: (workerId, query, options) => ork().pullWorkerTelemetry(workerId, queryOf(query), options),
    pullSiteTelemetry: (query, options) => ork().pullSiteTelemetry(queryOf(query), options),
    pullState: (deviceId, options) => ork().pullState(deviceId, options),
    sendCommand: (...command) => ork().sendCommand(...command),
    commandStatus: (commandId, options) => ork().commandStatus(commandId, options),
    cancelCommand: (commandId, options) => ork().cancelCommand(commandId, options),
    terminateWorker: (workerId, options) => ork().terminateWorker(workerId, options),
  } satisfies Partial<MdkClient>
}

function queryOf(query: TelemetryQuery | string = {}): TelemetryQuery {
  return typeof query === 'string' ? { type: query } : query
}

interface WaitParts {
  readonly clock: Clock
  readonly newId: () => string
  readonly closed: AbortSignal
}

/** As many questions as it takes. */
function waits(ork: Ork, { clock, newId, closed }: WaitParts) {
  const { getStatus } = calls(ork)
  const ask = (timeoutMs: number) => getStatus({ timeoutMs })
  return {
    watchStatus: ({ intervalMs = 1_000, signal = closed } = {}) =>
      watchStatus({ clock, getStatus: () => getStatus({}), intervalMs, signal: AbortSignal.any([signal, closed]) }),
    waitForWorkers: (options = {}) =>
      waitUntil(
        {
          clock,
          closed,
          ask,
          find: (status) => findWorkers(status, options),
          lateCode: 'ERR_MDK_WAIT_WORKERS_TIMEOUT',
        },
        options,
      ),
    waitForDevice: (deviceId, options = {}) =>
      waitUntil(
        {
          clock,
          closed,
          ask,
          find: (status) => findDevice(status, deviceId, options),
          lateCode: 'ERR_MDK_WAIT_DEVICE_TIMEOUT',
        },
        options,
      ),
    runCommand(deviceId, command, params, { timeoutMs = commandMs, idempotencyKey = newId(), requestId } = {}) {
      const toRun = { deviceId, command, params, idempotencyKey, requestId }
      return runCommand({ ork: ork(), clock, closed }, toRun, timeoutMs)
    },
    waitForCommand: (commandId, { timeoutMs = commandMs } = {}) =>
      awaitCommand({ ork: ork(), clock, closed }, commandId, timeoutMs),
  } satisfies Partial<MdkClient>
}

/** What goes to a worker itself. */
function workerCalls(ork: Ork, parts: WorkerClientParts) {
  const getWorkerKey: MdkClient['getWorkerKey'] = async (workerId, options) => {
    const listed = await ork().listWorkers(options)
    if (listed.kind === 'failed') return listed
    const worker = listed.value.find((each) => each.workerId === workerId)
    return worker === undefined ? failed('ERR_MDK_WORKER_KEY_UNKNOWN') : answered(worker.rpcKey)
  }
  return {
    getWorkerKey,
    async sendWorkerCommand(workerId, deviceId, command, params) {
      const key = await getWorkerKey(workerId)
      if (key.kind === 'failed') return key
      const worker = createWorkerClient({ publicKey: key.value }, parts)
      try {
        return await worker.sendCommand(deviceId, command, params)
      } finally {
        worker.close()
      }
    },
  } satisfies Partial<MdkClient>
}
