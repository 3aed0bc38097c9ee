import { isServing, type ListedWorker } from './ork-replies.ts'
import type { Found } from './wait-until.ts'

/** A worker of a site, with how many devices it has. */
export interface SiteWorker extends ListedWorker {
  readonly deviceCount: number
}

/** What ORK knows of its site. */
export interface SiteStatus {
  readonly workers: readonly SiteWorker[]
  readonly totalDevices: number
}

export function formatSiteStatus(listed: readonly ListedWorker[]): SiteStatus {
  const workers = listed.map((worker) => ({ ...worker, deviceCount: worker.deviceIds.length }))
  return { workers, totalDevices: workers.reduce((sum, { deviceCount }) => sum + deviceCount, 0) }
}

export interface WorkersWanted {
  /** How many; one unless given. */
  readonly count?: number
  /** Whether each must have a device; true unless given. */
  readonly requireDevices?: boolean
}

/** The workers that serve, once there are as many as are wanted. */
export function findWorkers(
  { workers }: SiteStatus,
  { count = 1, requireDevices = true }: WorkersWanted,
): Found<readonly SiteWorker[]> {
  const serving = workers.filter((worker) => isServing(worker) && (!requireDevices || worker.deviceCount > 0))
  if (serving.length >= count) return { kind: 'found', value: serving }
  return { kind: 'missing', instead: `${serving.length} of ${count} workers serve` }
}

export interface DeviceWanted {
  /** Whose device it is to be; anybody's unless given. */
  readonly workerId?: string
}

/** The worker that serves a device. */
export function findDevice({ workers }: SiteStatus, deviceId: string, { workerId }: DeviceWanted): Found<SiteWorker> {
  const owner = workers.find(({ deviceIds }) => deviceIds.includes(deviceId))
  if (owner === undefined) return { kind: 'missing', instead: `no registered worker has the device ${deviceId}` }
  if (workerId !== undefined && owner.workerId !== workerId) {
    return { kind: 'missing', instead: `the device ${deviceId} is one of ${owner.workerId}, not of ${workerId}` }
  }
  if (isServing(owner)) return { kind: 'found', value: owner }
  return { kind: 'missing', instead: `its worker ${owner.workerId} is ${owner.state}, ${owner.healthState}` }
}
