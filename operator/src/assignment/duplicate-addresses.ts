import { canonicalHost } from '../api/v1alpha1/index.ts'
import type { DuplicateAddress } from './assignment.ts'
import type { DeclaredDevice } from './declared-device.ts'

/**
 * Finds devices whose (address, port, `options.unitId`) another device has already. The first of `devices` keeps an
 * address, so they come in order of seniority: older rack, lower rack name, lower device name.
 * The result is by device id.
 */
export function findDuplicateAddresses(devices: readonly DeclaredDevice[]): ReadonlyMap<string, DuplicateAddress> {
  const keepers = new Map<string, string>()
  const duplicates = new Map<string, DuplicateAddress>()
  for (const device of devices) {
    const address = formatAddress(device)
    if (address === null) continue
    const keptBy = keepers.get(address)
    if (keptBy === undefined) keepers.set(address, device.entry.id)
    else duplicates.set(device.entry.id, { name: device.name, address, keptBy })
  }
  return duplicates
}

/** Where a device answers, in one writing for each place; null for one that declares no address. */
function formatAddress({ driver, entry }: DeclaredDevice): string | null {
  if (entry.address === null) return null
  const host = canonicalHost(entry.address)
  const port = entry.port ?? driver?.defaultPort ?? null
  const unit = entry.options['unitId']
  const place = port === null ? host : host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return unit === undefined ? place : `${place} unit ${canonicalUnit(unit)}`
}

/** A unit id is a number where it is one: `03` is `3`. */
function canonicalUnit(unit: string): string {
  return /^[0-9]+$/.test(unit) ? BigInt(unit).toString() : unit
}
