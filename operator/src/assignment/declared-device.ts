import type { DeviceEntry, DriverFacts } from '../../../runtime/src/contract/index.ts'
import { deviceId, type MdkRack } from '../api/v1alpha1/index.ts'
import type { UnassignedDevice } from './assignment.ts'
import { compareTexts } from './seniority.ts'

/** A device as its rack declares it, with the rack's driver and model filled in. */
export interface DeclaredDevice {
  readonly rack: string
  readonly name: string
  readonly entry: DeviceEntry
  /** Null for a driver that this release doesn't have. */
  readonly driver: DriverFacts | null
}

/** The devices of a rack, in order of their names. */
export function declaredDevices(rack: MdkRack, drivers: readonly DriverFacts[]): readonly DeclaredDevice[] {
  const devices = rack.spec.devices ?? []
  return devices
    .map((device) => {
      const driver = device.driver ?? rack.spec.driver ?? ''
      const rackModel = driver === rack.spec.driver ? rack.spec.model : undefined
      return {
        rack: rack.metadata.name,
        name: device.name,
        entry: {
          id: deviceId(rack.metadata.name, device.name),
          driver,
          model: device.model ?? rackModel ?? null,
          address: device.address ?? null,
          port: device.port ?? null,
          options: sortedEntries(device.options ?? {}),
          credentials: {},
        },
        driver: drivers.find((known) => known.name === driver) ?? null,
      }
    })
    .sort((a, b) => compareTexts(a.name, b.name))
}

/** Why a device can't be given to any worker, whatever workers there are; null when it can. */
export function findFlaw(device: DeclaredDevice, drivers: readonly DriverFacts[]): UnassignedDevice | null {
  const { driver, entry, name } = device
  if (entry.driver === '') {
    return { name, reason: 'Incomplete', message: 'the device names no driver; give one on it or on its rack' }
  }
  if (driver === null) {
    const known = drivers.map((each) => each.name).join(', ')
    return {
      name,
      reason: 'UnknownDriver',
      message: `there is no driver ${entry.driver} in this release; correct the name, which may be: ${known}`,
    }
  }
  if (driver.needsAddress && entry.address === null) {
    return {
      name,
      reason: 'Incomplete',
      message: `${entry.driver} reaches its devices over the network; give the device an address`,
    }
  }
  return null
}

/** Equal options are equal texts, in whatever order they were written. */
function sortedEntries(options: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).sort(([a], [b]) => compareTexts(a, b)))
}
