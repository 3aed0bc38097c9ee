import type { Component } from '../api/group.ts'
import type { ObjectMeta } from '../kube/types.ts'
import { siteLabels } from './object-labels.ts'
import { ownedBySite } from './owned-by.ts'
import type { SiteFacts } from './site-facts.ts'

/** `metadata` of what goes when the site goes. */
export function siteObjectMeta(site: SiteFacts, name: string, component: Component): ObjectMeta {
  return { ...retainedMeta(site, name, component), ownerReferences: ownedBySite(site) }
}

/** `metadata` of what stays when the site goes. */
export function retainedMeta(site: SiteFacts, name: string, component: Component): ObjectMeta {
  return { name, namespace: site.namespace, labels: siteLabels(site.name, component) }
}

/** `metadata` of a key or the topic, which stays unless all is to be deleted. */
export function identityMeta(site: SiteFacts, name: string, component: Component): ObjectMeta {
  const metaOf = site.deletionPolicy === 'Delete' ? siteObjectMeta : retainedMeta
  return metaOf(site, name, component)
}
