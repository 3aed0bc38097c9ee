import { z } from 'zod'
import { commandStatuses } from '../protocol/payloads.ts'

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

/** What ORK answers about a device: its fields depend on the question and on the driver. */
export const deviceAnswer = z.record(z.string(), z.unknown())
export type DeviceAnswer = z.output<typeof deviceAnswer>

const commandStatus = z.enum(commandStatuses)

export const commandAccepted = z.object({ commandId: z.string(), status: commandStatus })
/** What follows an accepted command. */
export type CommandAccepted = z.output<typeof commandAccepted>

export const commandRecord = z.object({
  commandId: z.string(),
  status: commandStatus,
  command: z.string().nullish(),
  deviceId: z.string().nullish(),
  workerId: z.string().nullish(),
  result: z.unknown().optional(),
  error: z.string().nullish(),
  createdAt: z.number().nullish(),
  updatedAt: z.number().nullish(),
})
/** A command as ORK remembers it. Times in milliseconds since the epoch. */
export type CommandRecord = z.output<typeof commandRecord>

export const deviceCapabilities = z.object({ capabilities: z.record(z.string(), z.unknown()).nullable() })
/** The `capabilities` of a worker's contract; null if ORK has none. */
export type DeviceCapabilities = z.output<typeof deviceCapabilities>['capabilities']
