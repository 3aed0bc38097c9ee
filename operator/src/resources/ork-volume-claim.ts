import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { PersistentVolumeClaim } from '../kube/types.ts'
import type { SiteFacts } from './site-facts.ts'
import { retainedMeta, siteObjectMeta } from './site-object-meta.ts'

export interface VolumeWish {
  /** A Kubernetes quantity, such as 1Gi. */
  readonly size: string
  /** Undefined for the cluster's default class. */
  readonly storageClassName: string | undefined
  readonly accessModes: string[]
}

/** The volume of ORK's store. */
export function desiredOrkVolumeClaim(
  site: SiteFacts,
  { size, storageClassName, accessModes }: VolumeWish,
): PersistentVolumeClaim {
  const metaOf = site.deletionPolicy === 'RetainAll' ? retainedMeta : siteObjectMeta
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metaOf(site, siteObjectNames(site.name).ork, 'ork'),
    spec: {
      accessModes,
      resources: { requests: { storage: size } },
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
  }
}
