import { defaultStorageSize, type MdkSiteSpec } from '../../api/v1alpha1/index.ts'
import { parseQuantity } from '../../kube/quantity.ts'
import type { PersistentVolumeClaim } from '../../kube/types.ts'
import type { VolumeWish } from '../../resources/ork-volume-claim.ts'

type Storage = NonNullable<NonNullable<MdkSiteSpec['ork']>['storage']>

/** ORK alone writes to its volume. */
const defaultAccessModes = ['ReadWriteOnce']

/**
 * What ORK's volume should be. One that is there, retained from an earlier site or adopted perhaps, keeps its class and
 * access modes and never shrinks: the API server refuses all three. They are wanted though the site doesn't ask for them,
 * since server-side apply takes away what was sent once and isn't any more.
 */
export function decideVolume(storage: Storage, volume: PersistentVolumeClaim | null): VolumeWish {
  const { size = defaultStorageSize, storageClassName } = storage
  const actual = volume?.spec ?? {}
  return {
    size: largerOf(size, actual.resources?.requests?.['storage'] ?? size),
    storageClassName: actual.storageClassName ?? storageClassName,
    accessModes: actual.accessModes ?? defaultAccessModes,
  }
}

function largerOf(wanted: string, actual: string): string {
  return (parseQuantity(actual) ?? 0) > (parseQuantity(wanted) ?? 0) ? actual : wanted
}
