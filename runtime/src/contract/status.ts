import { z } from 'zod'
import { diagnosisSchema } from './diagnosis.ts'
import { type Parsed, problem } from './file-problem.ts'

/** Registration of a worker at ORK (protocol: DISCOVERED → IDENTITY_SAVED → READY → TERMINATED). */
export const registrationStates = ['DISCOVERED', 'IDENTITY_SAVED', 'READY', 'TERMINATED'] as const
/** Liveness of a worker as ORK's pings see it. */
export const healthStates = ['UNKNOWN', 'HEALTHY', 'SICK', 'DEAD'] as const

const workerStatus = z.object({
  workerId: z.string(),
  publicKey: z.string(),
  state: z.enum(registrationStates),
  health: z.enum(healthStates),
  driver: z.string().nullable(),
  model: z.string().nullable(),
  /** Content hash of the device list that the worker runs, as it says itself; null from a worker that doesn't say. */
  revision: z.string().nullable(),
  /** Device ids in ORK's registry, sorted. */
  devices: z.array(z.string()),
  /** Those of `devices` that their driver can't reach or that report a fault, sorted. */
  unhealthy: z.array(z.string()),
  /** Why the worker isn't READY and HEALTHY, or lacks devices that it claims, or what it says is wrong with it, as a sentence; null when all is well. */
  problem: z.string().nullable(),
})

/** Content hashes of watched files by folder name; null for a file that is missing or can't be used. */
const files = z.record(z.string(), z.string().nullable())

const orkStatus = z.object({
  version: z.literal(1),
  service: z.literal('ork'),
  publicKey: z.string(),
  files,
  workers: z.array(workerStatus),
  /** Public keys that announce on the topic and aren't on the roster, sorted, at most 100. */
  strangers: z.array(z.string()),
  /** Why ORK lacks workers or the DHT, for 15 s now; null when it lacks nothing, and from an ORK that doesn't say. */
  diagnosis: diagnosisSchema.nullable().default(null),
})

const cursor = { epoch: z.string(), seq: z.int().min(0) }

const orkStatusLine = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), ...cursor, status: orkStatus }),
  z.object({ type: z.literal('worker'), ...cursor, worker: workerStatus }),
  z.object({ type: z.literal('worker-gone'), ...cursor, workerId: z.string() }),
  z.object({ type: z.literal('files'), ...cursor, files }),
  z.object({ type: z.literal('strangers'), ...cursor, strangers: z.array(z.string()) }),
  z.object({ type: z.literal('diagnosis'), ...cursor, diagnosis: diagnosisSchema.nullable() }),
  z.object({ type: z.literal('beat'), ...cursor }),
])

/** One worker in ORK's status. */
export type WorkerStatus = z.output<typeof workerStatus>
/** ORK's status: its registry as it is now. */
export type OrkStatus = z.output<typeof orkStatus>
/**
 * One line of ORK's `/v1/status?watch`. First comes a snapshot, then what changed. `epoch` names the process: it changes
 * with each start. `seq` grows by one with each change and stays with a beat, so a reader that misses one knows it.
 */
export type OrkStatusLine = z.output<typeof orkStatusLine>

/** Time between two lines at most: a reader that hears nothing for three of them has lost the stream. */
export const statusBeatMs = 5_000

/** Reads one line of the stream. */
export function parseOrkStatusLine(line: string): Parsed<OrkStatusLine, 'StatusMalformed'> {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return problem('StatusMalformed', 'a line of the status stream is not JSON')
  }
  const parsed = orkStatusLine.safeParse(json)
  if (!parsed.success) return problem('StatusMalformed', `status stream: ${z.prettifyError(parsed.error)}`)
  return { kind: 'ok', value: parsed.data }
}

const processStatus = z.object({
  version: z.literal(1),
  service: z.string(),
  publicKey: z.string().nullable(),
  files,
  detail: z.record(z.string(), z.unknown()),
})

/** Status of a process that isn't ORK: what it is, what it reads, and details for people. */
export type ProcessStatus = Readonly<z.output<typeof processStatus>>

const anyStatus = z.union([orkStatus, processStatus])

/** Reads the document of a process's `/v1/status`. */
export function parseStatus(json: unknown): Parsed<OrkStatus | ProcessStatus, 'StatusMalformed'> {
  const parsed = anyStatus.safeParse(json)
  if (!parsed.success) return problem('StatusMalformed', `status: ${z.prettifyError(parsed.error)}`)
  return { kind: 'ok', value: parsed.data }
}
