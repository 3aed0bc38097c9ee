import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { PodDisruptionBudget } from '../kube/types.ts'
import { componentSelector } from './object-labels.ts'
import type { SiteFacts } from './site-facts.ts'
import { siteObjectMeta } from './site-object-meta.ts'

/** Lets a drain take one DHT node at a time. A node that isn't ready anyway is in nobody's way. */
export function desiredDhtDisruptionBudget(site: SiteFacts): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: siteObjectMeta(site, siteObjectNames(site.name).dht, 'dht'),
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: componentSelector(site.name, 'dht') },
    },
  }
}
