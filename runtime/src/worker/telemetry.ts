import type { JsonObject } from '../drivers/json.ts'
import { offlineSnapshot, type Snapshot, valueAt } from '../drivers/snapshot.ts'
import type { Telemetry, TelemetryQuery } from '../protocol/payloads.ts'
import type { DeviceSet } from './device-set.ts'
import type { HostedDevice, Reading } from './hosted-device.ts'
import type { OwnContract } from './own-contract.ts'

export interface TelemetryPorts {
  readonly workerId: string
  readonly contract: OwnContract
  /** Where each channel stands in a snapshot. */
  readonly channels: Readonly<Record<string, string>>
  readonly devices: Pick<DeviceSet, 'find' | 'list'>
  now(): number
}

/** The answer to a query about a device, or about the whole worker (`deviceId` null). Never rejects. */
export async function answerTelemetry(
  ports: TelemetryPorts,
  deviceId: string | null,
  query: TelemetryQuery,
): Promise<Telemetry> {
  const about = deviceId === null ? {} : { deviceId }
  // What comes from a peer is of any type.
  const type: unknown = query.type ?? 'metrics'
  if (typeof type !== 'string') return { ...about, error: 'ERR_UNKNOWN_QUERY_TYPE: the type is not a text' }
  const result = await answerQuery(ports, deviceId, type)
  // A query that failed before it reached a device carries no timestamp, as upstream has it.
  return 'error' in result && !('metrics' in result)
    ? { ...about, ...result }
    : { ...about, ...result, timestamp: ports.now() }
}

async function answerQuery(ports: TelemetryPorts, deviceId: string | null, type: string): Promise<JsonObject> {
  const { devices, contract, workerId, channels } = ports
  switch (type) {
    case 'metrics':
      return deviceId === null ? { devices: devices.list().map(lastMetrics) } : liveMetrics(ports, deviceId)
    case 'list':
      return { devices: devices.list().map((device) => ({ deviceId: device.entry.id, status: device.state().status })) }
    case 'count':
      return { count: devices.list().length }
    case 'config':
      return { config: { workerId, contract: contract.metadata } }
  }
  const path = Object.hasOwn(channels, type) ? channels[type] : undefined
  return path === undefined ? { error: `ERR_UNKNOWN_QUERY_TYPE: ${type}` } : readChannel(ports, deviceId, type, path)
}

/** One device, read now. A device that can't be read still has a snapshot: that it is offline. */
async function liveMetrics({ devices }: TelemetryPorts, deviceId: string): Promise<JsonObject> {
  const device = devices.find(deviceId)
  if (device === undefined) return { error: `ERR_DEVICE_NOT_FOUND: ${deviceId}` }
  const reading = await device.live()
  if (reading.kind === 'ok') return { metrics: reading.snapshot }
  return { error: unavailable(deviceId, reading.message), metrics: offlineSnapshot(reading.message) }
}

/** All devices in one answer, each as it was last read: asking hundreds of them now would keep the caller waiting. */
function lastMetrics(device: HostedDevice): JsonObject {
  const last = device.last()
  return { deviceId: device.entry.id, metrics: snapshotOf(last), readAt: last?.at ?? null }
}

function snapshotOf(reading: Reading | null): Snapshot {
  if (reading === null) return offlineSnapshot('the device has not been read yet')
  return reading.kind === 'ok' ? reading.snapshot : offlineSnapshot(reading.message)
}

async function readChannel(
  { devices }: TelemetryPorts,
  deviceId: string | null,
  name: string,
  path: string,
): Promise<JsonObject> {
  if (deviceId === null) return { error: `ERR_DEVICE_ID_REQUIRED: ${name}` }
  const device = devices.find(deviceId)
  if (device === undefined) return { error: `ERR_DEVICE_NOT_FOUND: ${deviceId}` }
  const reading = await device.live()
  if (reading.kind === 'ok') return { name, value: valueAt(reading.snapshot, path) }
  return { error: unavailable(deviceId, reading.message) }
}

function unavailable(deviceId: string, why: string): string {
  return `ERR_DEVICE_UNAVAILABLE: ${deviceId}: ${why}`
}
