import type { DeviceEntry } from '../contract/device-list.ts'
import { diffDevices } from './diff-devices.ts'
import type { HostedDevice } from './hosted-device.ts'

/** The devices that a worker serves. */
export interface DeviceSet {
  /**
   * Serves these devices from now on, at once. A device whose entry is the same is left alone, one whose entry changed is
   * connected anew. `revision` is the content hash of the list.
   */
  apply(entries: readonly DeviceEntry[], revision: string | null): void
  find(id: string): HostedDevice | undefined
  /** Sorted by id. */
  list(): readonly HostedDevice[]
  /** Of the list in use; null before the first. */
  revision(): string | null
  /** Closes every device. */
  close(): Promise<void>
}

export interface DeviceSetPorts {
  /** Connects a device. */
  readonly host: (entry: DeviceEntry) => HostedDevice
  /** Begins to look after a device; what is returned ends it. */
  readonly care: (device: HostedDevice) => () => void
}

interface Served {
  readonly device: HostedDevice
  readonly endCare: () => void
}

export function createDeviceSet({ host, care }: DeviceSetPorts): DeviceSet {
  let served: ReadonlyMap<string, Served> = new Map()
  let revision: string | null = null
  const closing = new Set<Promise<void>>()
  const release = (id: string) => {
    const found = served.get(id)
    if (found === undefined) return
    found.endCare()
    const closed = found.device.close().finally(() => closing.delete(closed))
    closing.add(closed)
  }
  const serve = (entry: DeviceEntry): Served => {
    const device = host(entry)
    return { device, endCare: care(device) }
  }
  const replace = (entries: readonly DeviceEntry[]) => {
    const before = [...served.values()].map(({ device }) => device.entry)
    const { removed, changed, added } = diffDevices(before, entries)
    for (const id of [...removed, ...changed.map((entry) => entry.id)]) release(id)
    const fresh = new Map([...changed, ...added].map((entry) => [entry.id, serve(entry)]))
    const ids = entries.map(({ id }) => id).sort()
    served = new Map(ids.flatMap((id) => pair(id, fresh.get(id) ?? served.get(id))))
  }
  return {
    apply(entries, of) {
      replace(entries)
      revision = of
    },
    find: (id) => served.get(id)?.device,
    list: () => [...served.values()].map(({ device }) => device),
    revision: () => revision,
    async close() {
      replace([])
      await Promise.all(closing)
    },
  }
}

function pair(id: string, found: Served | undefined): readonly (readonly [string, Served])[] {
  return found === undefined ? [] : [[id, found]]
}
