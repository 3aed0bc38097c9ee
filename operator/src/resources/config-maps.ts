import { formatDiscovery, formatRoster, type Roster, statusPort } from '../../../runtime/src/contract/index.ts'
import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { ConfigMap } from '../kube/types.ts'
import { bootstrapAddresses, orkHost } from './addresses.ts'
import type { SiteFacts } from './site-facts.ts'
import { siteObjectMeta } from './site-object-meta.ts'

/** What a site's processes are to meet by; each is null until there is one. */
export interface MeetingFacts {
  readonly orkPublicKey: string | null
  readonly topicHash: string | null
}

/** Where the site's processes meet. */
export function desiredDiscoveryConfigMap(site: SiteFacts, { orkPublicKey, topicHash }: MeetingFacts): ConfigMap {
  const hints = { ...(topicHash === null ? {} : { topicHash }), orkStatus: `${orkHost(site)}:${statusPort}` }
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: siteObjectMeta(site, siteObjectNames(site.name).discoveryConfigMap, 'dht'),
    data: { 'discovery.json': formatDiscovery(orkPublicKey, bootstrapAddresses(site), hints) },
  }
}

/** Who belongs to the site. */
export function desiredRosterConfigMap(site: SiteFacts, { workers, callers }: Omit<Roster, 'version'>): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: siteObjectMeta(site, siteObjectNames(site.name).rosterConfigMap, 'ork'),
    data: { 'roster.json': formatRoster(workers, callers) },
  }
}
