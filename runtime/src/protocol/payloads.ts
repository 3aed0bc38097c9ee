import type { Capabilities, WorkerContract } from './worker-contract.ts'

/** What a command may be at; upstream's names. */
export const commandStatuses = [
  'QUEUED',
  'DISPATCHED',
  'EXECUTING',
  'SUCCESS',
  'FAILED',
  'TIMEOUT',
  'REJECTED',
] as const
export type CommandStatus = (typeof commandStatuses)[number]

/** Whether a command has come to its end. */
export function isEnded(status: CommandStatus): boolean {
  return status === 'SUCCESS' || status === 'FAILED' || status === 'REJECTED'
}

export const commandScopes = ['device', 'worker', 'rack'] as const
export type CommandScope = (typeof commandScopes)[number]

/** The most targets that one command may have. */
export const maxTargets = 1024

export type Params = Readonly<Record<string, unknown>>

/** A telemetry question. An unset type means `metrics`; the other fields belong to the type. */
export interface TelemetryQuery {
  readonly type?: string
  readonly [field: string]: unknown
}

/** `command.request` from a client to ORK. The device is the envelope's `deviceId`. */
interface ClientCommand {
  readonly command: string
  readonly params?: Params
  readonly requesterId?: string
  readonly scope?: CommandScope
  /** Required with the scopes worker and rack. */
  readonly workerId?: string
  readonly targets?: readonly string[]
  /** The caller's own name of the command, 1 to 128 visible ASCII characters: sent again with it, it is the same command. Only for our ORK. */
  readonly idempotencyKey?: string
  /** The answer is the command's record, and may wait that long for its end. Only for our ORK. */
  readonly waitMs?: number
}

/** `command.request` from ORK to a worker. A repeated `commandId` is the same command, not another one. */
export interface DispatchedCommand {
  readonly commandId: string
  readonly command: string
  readonly params: Params
  readonly scope?: CommandScope
  readonly workerId?: string
  readonly targets?: readonly string[]
  /** Only from our ORK, and only when the command may have been sent before. */
  readonly repeat?: Repeat
}

/**
 * What a worker needs to know of a command that may have reached it before: it doesn't run one that it may have forgotten. It
 * answers then that the fate is unknown.
 */
export interface Repeat {
  /** The instance of the worker that the command was sent to first. */
  readonly instanceId: string
  /** How long ago that was (ms), at the most. */
  readonly ageMs: number
}

/** Which of many: as many as `limit`, from the one at `offset` on. */
export interface Page {
  readonly offset: number
  readonly limit: number
}

/** The empty payload. */
type Nothing = Readonly<Record<string, never>>

/** What ORK sends to a worker. */
export interface WorkerRequests {
  readonly 'identity.request': Nothing
  readonly 'capability.request': Nothing
  readonly 'telemetry.pull': { readonly deviceId?: string; readonly query: TelemetryQuery }
  readonly 'state.pull': { readonly deviceId?: string }
  readonly 'command.request': DispatchedCommand
  readonly 'health.ping': Nothing
}

/** What a client sends to ORK. */
export interface OrkRequests {
  /**
   * About the envelope's device. Ours alone: about all devices of `workerId` where the envelope names no device, or with the scope
   * `site` about those of all workers, or of a page of these.
   */
  readonly 'telemetry.pull': {
    readonly query?: TelemetryQuery
    readonly workerId?: string
    readonly scope?: 'site'
  } & Partial<Page>
  /** About the worker of the envelope's device. Ours alone: about `workerId` where the envelope names no device. */
  readonly 'state.pull': { readonly workerId?: string }
  readonly 'command.request': ClientCommand
  /** `waitMs` is ours: the answer may wait that long for the command's end. */
  readonly 'command.status': { readonly commandId: string; readonly waitMs?: number }
  readonly 'command.cancel': { readonly commandId: string }
  /** Ours alone takes a page. */
  readonly 'worker.list': Partial<Page>
  readonly 'device.capabilities': Nothing
  readonly 'worker.terminate': { readonly workerId: string }
}

/** Ours adds `processId`, as in its pong. */
export interface Identity {
  readonly workerId: string
  readonly devices: readonly { readonly deviceId: string }[]
  readonly processId?: string
}

/** Telemetry of a device (or of a worker); the result's fields depend on the query's type. A failed query has `error`. */
export interface Telemetry {
  readonly deviceId?: string
  readonly timestamp?: number
  readonly error?: string
  readonly [field: string]: unknown
}

/** Telemetry of all workers, or of a page of them, by name; `total` counts all. Who didn't answer has an `error` and nothing else. */
export interface SiteTelemetry {
  readonly workers: readonly (Telemetry & { readonly workerId: string })[]
  readonly total: number
}

/** The state of all devices of a worker. 0.3 counts them as `thingCount`, 0.5 as `deviceCount`. */
export interface WorkerState {
  readonly state: Readonly<Record<string, { readonly status: string; readonly [field: string]: unknown }>>
  readonly workerId?: string
  readonly deviceCount?: number
  readonly thingCount?: number
}

/** What a command came to. For the scopes worker and rack our `result` is `{devices: DeviceOutcome[]}`, whether it failed or not. */
export interface CommandResult {
  readonly commandId: string
  readonly status: CommandStatus
  readonly result?: unknown
  readonly error?: string
}

/** What a command for many devices came to on one of them: `result` if it succeeded, `error` if it failed. */
export interface DeviceOutcome {
  readonly deviceId: string
  readonly status: 'SUCCESS' | 'FAILED'
  readonly result?: unknown
  readonly error?: string
}

/**
 * A worker is alive. `status` is OK, or DEGRADED when something is wrong with it or its devices; ours adds what is below.
 * No `instanceId` means that the worker remembers no commands, so that nothing may be sent to it twice.
 */
export interface Pong {
  readonly status: string
  /** The content hash of the device list that it runs: another one means that identity and contract are to be asked for again. */
  readonly revision?: string
  /** Names its memory of the commands it ran: another one when that memory is new or may lack something. */
  readonly instanceId?: string
  /** Names its process: another one means that what was sent to the process before won't be answered. */
  readonly processId?: string
  /** What is wrong with the worker itself and what to do about it, as a sentence without its subject. */
  readonly problem?: string
}

/** What a worker answers: payloads of reply envelopes. */
export interface WorkerReplies {
  readonly 'identity.request': Identity
  readonly 'capability.request': { readonly contract: WorkerContract }
  readonly 'telemetry.pull': Telemetry
  readonly 'state.pull': WorkerState
  readonly 'command.request': CommandResult
  readonly 'health.ping': Pong
}

/** One worker in ORK's list. */
interface ListedWorker {
  readonly workerId: string
  readonly deviceIds: readonly string[]
  readonly state: string
  readonly healthState: string
  readonly rpcKey: string
}

/** A command as ORK remembers it. Times in milliseconds since the epoch. */
export interface CommandRecord {
  readonly commandId: string
  readonly status: CommandStatus
  readonly command: string
  readonly deviceId: string | null
  readonly workerId: string | null
  readonly scope: CommandScope
  readonly retries: number
  readonly result: unknown
  readonly error: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** What ORK answers: bare objects, without an envelope. A refusal is `{error}`, with `status: 'REJECTED'` for commands. */
export interface OrkReplies {
  /** With an `error` that says why there is none; empty from upstream's kernel, which doesn't say. */
  readonly 'telemetry.pull': Telemetry | SiteTelemetry
  /** The same. */
  readonly 'state.pull': WorkerState | Nothing
  readonly 'command.request': { readonly commandId: string; readonly status: CommandStatus }
  readonly 'command.status': CommandRecord
  /** `error`: the code that says why it wasn't cancelled; upstream's kernel doesn't say. */
  readonly 'command.cancel': { readonly commandId: string; readonly cancelled: boolean; readonly error?: string }
  /** `total` counts all; only where a page was asked for. */
  readonly 'worker.list': { readonly workers: readonly ListedWorker[]; readonly total?: number }
  readonly 'device.capabilities': { readonly capabilities: Capabilities | null }
  readonly 'worker.terminate': { readonly status: 'TERMINATED'; readonly workerId: string }
}
