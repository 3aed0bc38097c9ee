import { z } from 'zod'
import { deviceEntry } from './device-list.ts'
import { findDriver, knowsModel } from './driver-facts.ts'
import { type Parsed, problem } from './file-problem.ts'
import { hexKey } from './hex-key.ts'
import { findTwice, parseJsonFile } from './json-file.ts'

const siteWorker = z.object({
  /** Its name on the wire. */
  workerId: z.string().min(1).max(63),
  /** A name in `driverFacts`. */
  driver: z.string().min(1).max(40),
  /** The only model that it serves; null means every model of the driver. */
  model: z.string().max(40).nullable(),
  /** Seed of its key pair (64 hexadecimal characters); absent to derive one from the site's, the same with each start. */
  seed: hexKey.optional(),
  devices: z.array(deviceEntry),
})

const siteWorkers = z.object({ version: z.literal(1), workers: z.array(siteWorker) })

/** A worker of a site in one process. */
export type SiteWorker = z.output<typeof siteWorker>

/** The text of `workers.json`: sorted by id, so that equal sites are equal texts. */
export function formatSiteWorkers(workers: readonly SiteWorker[]): string {
  const sorted = [...workers].sort((a, b) => (a.workerId < b.workerId ? -1 : 1))
  return JSON.stringify({ version: 1, workers: sorted })
}

const file = { name: 'workers.json', schema: siteWorkers, reason: 'WorkersMalformed' } as const

/**
 * Reads `workers.json`. A worker or a device that is there twice makes it invalid, as nobody could say which is meant; so does a
 * driver or a model that this release doesn't know.
 */
export function parseSiteWorkers(text: string): Parsed<readonly SiteWorker[], 'WorkersMalformed'> {
  const parsed = parseJsonFile(file, text)
  if (parsed.kind === 'problem') return parsed
  const { workers } = parsed.value
  const flaw = workers.map(findFlaw).find((found) => found !== null) ?? findDouble(workers)
  return flaw === null ? { kind: 'ok', value: workers } : problem(file.reason, `workers.json ${flaw}`)
}

function findFlaw({ workerId, driver: name, model }: SiteWorker): string | null {
  const driver = findDriver(name)
  if (driver === undefined) return `gives the worker ${workerId} the driver ${name}, which this release doesn't have`
  if (model === null || knowsModel(driver, model)) return null
  return `gives the worker ${workerId} the model ${model}; the driver ${name} knows ${(driver.models ?? []).join(', ')}`
}

function findDouble(workers: readonly SiteWorker[]): string | null {
  const worker = findTwice(workers.map(({ workerId }) => workerId))
  if (worker !== undefined) return `names the worker ${worker} twice; name it once`
  const device = findTwice(workers.flatMap(({ devices }) => devices.map(({ id }) => id)))
  return device === undefined ? null : `names the device ${device} twice; name it once`
}
