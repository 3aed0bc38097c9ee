/** What ORK answers, as a client sees it. Fields that this version doesn't know pass. */
import { z } from 'zod'
import { isPlainObject } from '../protocol/envelope.ts'
import { commandStatuses } from '../protocol/payloads.ts'
import type { Capabilities } from '../protocol/worker-contract.ts'
import { parseRemoteError } from './ork-answer.ts'

const listedWorker = z.object({
  workerId: z.string(),
  deviceIds: z.array(z.string()),
  state: z.string(),
  /** Not sent by early kernels. */
  healthState: z.string().default('UNKNOWN'),
  rpcKey: z.string(),
  /** Ours alone sends driver and model; null from an upstream kernel. */
  driver: z.string().nullable().default(null),
  model: z.string().nullable().default(null),
})

/** One worker in ORK's list. */
export type ListedWorker = z.output<typeof listedWorker>

export const workerList = z.object({ workers: z.array(listedWorker) })

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
