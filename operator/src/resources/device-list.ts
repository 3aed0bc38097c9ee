import { type DeviceEntry, deviceListRevision, formatDeviceList } from '../../../runtime/src/contract/index.ts'

/** The device list of one shard, as its Secret holds it. */
export interface DeviceList {
  /** Content hash, as the worker reports the list that it runs. */
  readonly revision: string
  readonly sizeBytes: number
  readonly base64: string
}

/** An assignment is made once and asked of many times; a list of 500 devices takes a millisecond. */
const known = new WeakMap<readonly DeviceEntry[], DeviceList>()

/** `devices` must not be changed afterwards. */
export function deviceListOf(devices: readonly DeviceEntry[]): DeviceList {
  const before = known.get(devices)
  if (before !== undefined) return before
  const text = formatDeviceList(devices)
  const bytes = Buffer.from(text, 'utf8')
  const list = { revision: deviceListRevision(text), sizeBytes: bytes.length, base64: bytes.toString('base64') }
  known.set(devices, list)
  return list
}
