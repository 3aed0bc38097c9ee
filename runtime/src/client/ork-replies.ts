/** What ORK answers, as a client sees it. Fields that this version doesn't know pass. */
import { z } from 'zod'
import { isPlainObject } from '../protocol/envelope.ts'
import { commandStatuses } from '../protocol/payloads.ts'
import type { Capabilities } from '../protocol/worker-contract.ts'
import { answered, failed, type OrkAnswer, parseRemoteError } from './ork-answer.ts'

const listedWorker = z.object({
  workerId: z.string(),
  deviceIds: z.array(z.string()),
  state: z.string(),
  /** Not sent by early kernels. */
  healthState: z.string().default('UNKNOWN'),
  rpcKey: z.string(),
  /** Ours alone sends what follows; null from an upstream kernel. */
  unhealthyDeviceIds: z.array(z.string()).nullable().default(null),
  driver: z.string().nullable().default(null),
  model: z.string().nullable().default(null),
})

/** One worker in ORK's list. */
export type ListedWorker = z.output<typeof listedWorker>

/** A page of the list; an upstream kernel knows no pages, and sends no `total` with its list. */
export const workerList = z
  .object({ workers: z.array(listedWorker), total: z.number().optional() })
  .transform(({ workers, total }) => ({ items: workers, total }))

/** READY, and neither SICK nor DEAD: what ORK sends requests to. */
export function isServing({ state, healthState }: ListedWorker): boolean {
  return state === 'READY' && healthState !== 'SICK' && healthState !== 'DEAD'
}

export const deviceTelemetry = z.looseObject({
  deviceId: z.string().optional(),
  /** Milliseconds since the epoch. */
  timestamp: z.number().optional(),
  /** The answer to a query of type `metrics`; a channel answers with `name` and `value`. */
  metrics: z.record(z.string(), z.unknown()).optional(),
})
/** Telemetry of a device: its fields depend on the query and on the driver. */
export type DeviceTelemetry = z.output<typeof deviceTelemetry>

/** A device in the telemetry of its worker: `metrics` as they were last read, and when that was; null before the first read. */
export interface DeviceReading {
  readonly deviceId: string
  readonly metrics?: Readonly<Record<string, unknown>>
  readonly readAt?: number | null
  readonly [field: string]: unknown
}

export const workerTelemetry = z.looseObject({
  /** Milliseconds since the epoch. */
  timestamp: z.number().optional(),
  /** The answer to a query of type `metrics`, and to `list`, which gives the `status` of each. */
  devices: z
    .array(z.custom<DeviceReading>((value) => isPlainObject(value) && typeof value['deviceId'] === 'string'))
    .optional(),
})
/** Telemetry of a worker with all of its devices: its fields depend on the query. */
export type WorkerTelemetry = z.output<typeof workerTelemetry>

/** One worker in the telemetry of the site: its telemetry, or why there is none. */
export interface WorkerPull {
  readonly workerId: string
  readonly telemetry: OrkAnswer<WorkerTelemetry>
}

/** A page of the site. */
export const siteTelemetry = z
  .object({ workers: z.array(z.looseObject({ workerId: z.string() })), total: z.number() })
  .transform(({ workers, total }) => ({ items: workers.map(parseWorkerPull), total }))

function parseWorkerPull({
  workerId,
  ...pulled
}: {
  readonly workerId: string
  readonly [field: string]: unknown
}): WorkerPull {
  if (typeof pulled['error'] === 'string') return { workerId, telemetry: parseRemoteError(pulled['error']) }
  const parsed = workerTelemetry.safeParse(pulled)
  const odd = `the telemetry of ${workerId} is not what the protocol says`
  return { workerId, telemetry: parsed.success ? answered(parsed.data) : failed('ERR_INTERNAL', odd) }
}

export const workerState = z.looseObject({
  state: z.record(z.string(), z.looseObject({ status: z.string() })).optional(),
  workerId: z.string().optional(),
})
/** The devices of a worker by id, each with its `status`: `online`, `offline` or `unknown` from ours. */
export type DeviceState = z.output<typeof workerState>

const commandStatus = z.enum(commandStatuses)

export const commandAccepted = z.object({ commandId: z.string(), status: commandStatus })
/** What follows an accepted command. */
export type CommandAccepted = z.output<typeof commandAccepted>

/** What a peer wrote as `error`, as a code and a sentence; null where it wrote none. */
const errorShown = z
  .string()
  .nullish()
  .transform((error) => {
    if (typeof error !== 'string') return null
    const { code, message } = parseRemoteError(error, 'ERR_COMMAND_FAILED')
    return { code, message }
  })

export const commandCancelled = z.object({ commandId: z.string(), cancelled: z.boolean(), error: errorShown })
/** Whether a command was cancelled. `error` says why not, if the kernel says it. */
export type CommandCancelled = z.output<typeof commandCancelled>

export const commandRecord = z.object({
  commandId: z.string(),
  status: commandStatus,
  command: z.string().nullish(),
  deviceId: z.string().nullish(),
  workerId: z.string().nullish(),
  result: z.unknown().optional(),
  error: errorShown,
  createdAt: z.number().nullish(),
  updatedAt: z.number().nullish(),
})
/** A command as ORK remembers it. Times in milliseconds since the epoch. */
export type CommandRecord = z.output<typeof commandRecord>

export const deviceCapabilities = z.object({
  capabilities: z.custom<Capabilities>((value) => isPlainObject(value)).nullable(),
})
/** The `capabilities` of a worker's contract; null if ORK has none. */
export type DeviceCapabilities = Capabilities | null

export const workerTerminated = z.object({ status: z.string(), workerId: z.string() })
/** A worker that was taken out of ORK's registry, or wasn't in it. */
export type WorkerTerminated = z.output<typeof workerTerminated>
