/** A device that a worker claims and another one has. */
export interface Conflict {
  readonly deviceId: string
  readonly owner: string
}

/**
 * Who has which device. Invariants:
 *   X1 a device belongs to one worker: the first that claimed it, until that one lets it go
 *   X2 a device that is let go goes to the next in the order of their claims
 */
export interface DeviceIndex {
  /** Replaces what a worker claims. Returns the other workers whose devices this changed. */
  claim(workerId: string, deviceIds: readonly string[]): ReadonlySet<string>
  /** The worker lets all go. Returns the others whose devices this changed. */
  release(workerId: string): ReadonlySet<string>
  ownerOf(deviceId: string): string | undefined
  /** In the order of the claim. */
  devicesOf(workerId: string): readonly string[]
  conflictsOf(workerId: string): readonly Conflict[]
  /** Devices that belong to somebody. */
  readonly size: number
}

export function createDeviceIndex(): DeviceIndex {
  const claims = new Map<string, readonly string[]>()
  /** For each device those who claim it, the owner first; never empty. */
  const claimants = new Map<string, readonly string[]>()

  const leave = (workerId: string, deviceId: string, affected: Set<string>): void => {
    const all = claimants.get(deviceId) ?? []
    const left = all.filter((claimant) => claimant !== workerId)
    if (left.length === 0) claimants.delete(deviceId)
    else claimants.set(deviceId, left)
    // The new owner gains the device; others that wait for it see another owner.
    for (const claimant of left) if (all[0] === workerId) affected.add(claimant)
  }

  const claim = (workerId: string, deviceIds: readonly string[]): ReadonlySet<string> => {
    const affected = new Set<string>()
    const before = new Set(claims.get(workerId))
    const after = new Set(deviceIds)
    for (const deviceId of before) if (!after.has(deviceId)) leave(workerId, deviceId, affected)
    for (const deviceId of after) {
      if (!before.has(deviceId)) claimants.set(deviceId, [...(claimants.get(deviceId) ?? []), workerId])
    }
    if (after.size === 0) claims.delete(workerId)
    else claims.set(workerId, [...after])
    return affected
  }

  const ownerOf = (deviceId: string): string | undefined => claimants.get(deviceId)?.[0]
  const claimsOf = (workerId: string): readonly string[] => claims.get(workerId) ?? []

  return {
    claim,
    release: (workerId) => claim(workerId, []),
    ownerOf,
    devicesOf: (workerId) => claimsOf(workerId).filter((deviceId) => ownerOf(deviceId) === workerId),
    conflictsOf: (workerId) =>
      claimsOf(workerId).flatMap((deviceId) => {
        const owner = ownerOf(deviceId)
        return owner === undefined || owner === workerId ? [] : [{ deviceId, owner }]
      }),
    get size() {
      return claimants.size
    },
  }
}
