import { z } from 'zod'
import { contentHash } from './content-hash.ts'
import { type Parsed, problem } from './file-problem.ts'

const device = z.object({
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

const deviceList = z.object({ version: z.literal(1), devices: z.array(device) })

/** One device as a worker gets it. */
export type DeviceEntry = z.output<typeof device>

/** The text of `devices.json`: sorted by id, so that equal lists are equal texts. */
export function formatDeviceList(devices: readonly DeviceEntry[]): string {
  const sorted = [...devices].sort((a, b) => (a.id < b.id ? -1 : 1))
  return JSON.stringify({ version: 1, devices: sorted })
}

/** Reads `devices.json`. Two devices with one id make the whole list invalid: nobody could say which one a command means. */
export function parseDeviceList(text: string): Parsed<readonly DeviceEntry[], 'DeviceListMalformed'> {
  const json = parseJson(text)
  const parsed = deviceList.safeParse(json)
  if (!parsed.success) return problem('DeviceListMalformed', `devices.json: ${z.prettifyError(parsed.error)}`)
  const ids = new Set<string>()
  for (const { id } of parsed.data.devices) {
    if (ids.has(id)) return problem('DeviceListMalformed', `devices.json names the device ${id} twice`)
    ids.add(id)
  }
  return { kind: 'ok', value: parsed.data.devices }
}

/** What a worker reports as its `revision`: the content hash of the device list that it runs. */
export function deviceListRevision(text: string): string {
  return contentHash(text)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
