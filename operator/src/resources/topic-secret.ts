import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { Secret } from '../kube/types.ts'
import { siteLabels } from './object-labels.ts'
import { ownedBySite } from './owned-by.ts'
import { secret } from './secret.ts'
import type { SiteFacts } from './site-facts.ts'

/** The topic that ORK looks up and workers announce: 64 hexadecimal characters. */
export function desiredTopicSecret(site: SiteFacts, topic: string): Secret {
  return secret(
    {
      name: siteObjectNames(site.name).topicSecret,
      namespace: site.namespace,
      labels: siteLabels(site.name, 'dht'),
      ...(site.deletionPolicy === 'Delete' ? { ownerReferences: ownedBySite(site) } : {}),
    },
    { topic },
  )
}
