import type { Json, JsonObject } from './json.ts'

/** What a device does: `offline` is the worker's word for one that doesn't answer, the others are the device's. */
export type DeviceStatus = 'offline' | 'sleeping' | 'mining' | 'not_mining' | 'error'

/** An error that a device reports of itself: `name` is a key of `errors` in its contract. */
export type RawError = { readonly name: string; readonly message: string }

/** Name of the error of a device that can be read but doesn't take our commands: no fault of its own, but somebody's task. */
export const accessRefused = 'access_refused'

/** Everything that one read of a device gives. Units are in the names; null is what the device doesn't tell. */
export type Snapshot = {
  readonly success: boolean
  readonly raw_errors: readonly RawError[]
  readonly stats: JsonObject & { readonly status: DeviceStatus }
  readonly config: JsonObject
}

/** The snapshot of a device that didn't answer. */
export function offlineSnapshot(message: string): Snapshot {
  return { success: false, raw_errors: [{ name: 'offline', message }], stats: { status: 'offline' }, config: {} }
}

/**
 * The value at a path such as `stats.hashrate_mhs.avg` or `config.pool_config.0.url`; the empty path is the whole snapshot.
 * Null where there is none.
 */
export function valueAt(snapshot: Snapshot, path: string): Json {
  let value: Json = snapshot
  for (const key of path === '' ? [] : path.split('.')) {
    if (typeof value !== 'object' || value === null) return null
    value = new Map<string, Json>(Object.entries(value)).get(key) ?? null
  }
  return value
}
