import { isDeepStrictEqual } from 'node:util'
import type { DeviceEntry } from '../contract/device-list.ts'

/** What leads from one device list to another. */
export interface DeviceChanges {
  readonly removed: readonly string[]
  /** Entries whose device has to be connected anew. */
  readonly changed: readonly DeviceEntry[]
  readonly added: readonly DeviceEntry[]
}

/** Compares what a worker serves with what it should serve; ids are unique in both. */
export function diffDevices(before: readonly DeviceEntry[], after: readonly DeviceEntry[]): DeviceChanges {
  const served = new Map(before.map((entry) => [entry.id, entry]))
  const wanted = new Set(after.map((entry) => entry.id))
  return {
    removed: before.filter(({ id }) => !wanted.has(id)).map(({ id }) => id),
    changed: after.filter((entry) => {
      const old = served.get(entry.id)
      return old !== undefined && !isDeepStrictEqual(old, entry)
    }),
    added: after.filter(({ id }) => !served.has(id)),
  }
}
