import { z } from 'zod'
import { contentHash } from './content-hash.ts'
import { type Parsed, problem } from './file-problem.ts'
import { findTwice, parseJsonFile } from './json-file.ts'

/** The shape of one device. */
export const deviceEntry = z.object({
  /** `<rack>.<device name>`, unique in the site. */
  id: z.string().min(1).max(95),
  driver: z.string().min(1).max(40),
  model: z.string().max(40).nullable(),
  /** Host name or IP address; null for drivers that need none. */
  address: z.string().max(253).nullable(),
  /** TCP port; null means the driver's own. */
  port: z.int().min(1).max(65535).nullable(),
  options: z.record(z.string(), z.string()),
  credentials: z.record(z.string(), z.string()),
})

const deviceList = z.object({ version: z.literal(1), devices: z.array(deviceEntry) })

/** One device as a worker gets it. */
export type DeviceEntry = z.output<typeof deviceEntry>

/** The text of `devices.json`: sorted by id, so that equal lists are equal texts. */
export function formatDeviceList(devices: readonly DeviceEntry[]): string {
  const sorted = [...devices].sort((a, b) => (a.id < b.id ? -1 : 1))
  return JSON.stringify({ version: 1, devices: sorted })
}

const file = { name: 'devices.json', schema: deviceList, reason: 'DeviceListMalformed' } as const

/** Reads `devices.json`. Two devices with one id make the whole list invalid: nobody could say which one a command means. */
export function parseDeviceList(text: string): Parsed<readonly DeviceEntry[], 'DeviceListMalformed'> {
  const parsed = parseJsonFile(file, text)
  if (parsed.kind === 'problem') return parsed
  const { devices } = parsed.value
  const twice = findTwice(devices.map(({ id }) => id))
  if (twice !== undefined) return problem(file.reason, `devices.json names the device ${twice} twice; name it once`)
  return { kind: 'ok', value: devices }
}

/** What a worker reports as its `revision`: the content hash of the device list that it runs. */
export function deviceListRevision(text: string): string {
  return contentHash(text)
}
