import { formatDiscovery, formatRoster, type Roster } from '../../../runtime/src/contract/index.ts'
import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { ConfigMap } from '../kube/types.ts'
import { bootstrapAddresses } from './addresses.ts'
import { siteLabels } from './object-labels.ts'
import { ownedBySite } from './owned-by.ts'
import type { SiteFacts } from './site-facts.ts'

/** Where the site's processes meet. ORK's key is null until there is one. */
export function desiredDiscoveryConfigMap(site: SiteFacts, orkPublicKey: string | null): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: siteObjectNames(site.name).discoveryConfigMap,
      namespace: site.namespace,
      labels: siteLabels(site.name, 'dht'),
      ownerReferences: ownedBySite(site),
    },
    data: { 'discovery.json': formatDiscovery(orkPublicKey, bootstrapAddresses(site)) },
  }
}

/** Who belongs to the site. */
export function desiredRosterConfigMap(site: SiteFacts, { workers, callers }: Omit<Roster, 'version'>): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: siteObjectNames(site.name).rosterConfigMap,
      namespace: site.namespace,
      labels: siteLabels(site.name, 'ork'),
      ownerReferences: ownedBySite(site),
    },
    data: { 'roster.json': formatRoster(workers, callers) },
  }
}
