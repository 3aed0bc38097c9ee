import { defaultStorageSize, type MdkSiteSpec } from '../../api/v1alpha1/index.ts'
import { parseQuantity } from '../../kube/quantity.ts'
import type { PersistentVolumeClaim } from '../../kube/types.ts'
import type { VolumeWish } from '../../resources/ork-volume-claim.ts'

type Storage = NonNullable<NonNullable<MdkSiteSpec['ork']>['storage']>

/**
 * What ORK's volume should be. One that is there, retained from an earlier site perhaps, keeps its class and never
 * shrinks: the API server refuses either.
 */
export function decideVolume(storage: Storage, volume: PersistentVolumeClaim | null): VolumeWish {
  const { size = defaultStorageSize, storageClassName } = storage
  if (volume === null) return { size, storageClassName }
  const { resources, storageClassName: actualClass = storageClassName } = volume.spec ?? {}
  const actualSize = resources?.requests?.['storage'] ?? size
  return {
    size: largerOf(size, actualSize),
    storageClassName: storageClassName === undefined ? undefined : actualClass,
  }
}

function largerOf(wanted: string, actual: string): string {
  return (parseQuantity(actual) ?? 0) > (parseQuantity(wanted) ?? 0) ? actual : wanted
}
