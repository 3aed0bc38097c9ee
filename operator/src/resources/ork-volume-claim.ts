import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { PersistentVolumeClaim } from '../kube/types.ts'
import { siteLabels } from './object-labels.ts'
import { ownedBySite } from './owned-by.ts'
import type { SiteFacts } from './site-facts.ts'

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
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: siteObjectNames(site.name).ork,
      namespace: site.namespace,
      labels: siteLabels(site.name, 'ork'),
      ...(site.deletionPolicy === 'RetainAll' ? {} : { ownerReferences: ownedBySite(site) }),
    },
    spec: {
      accessModes,
      resources: { requests: { storage: size } },
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
  }
}
