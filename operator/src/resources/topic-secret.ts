import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { Secret } from '../kube/types.ts'
import { secret } from './secret.ts'
import type { SiteFacts } from './site-facts.ts'
import { identityMeta } from './site-object-meta.ts'

/** The topic that ORK looks up and workers announce: 64 hexadecimal characters. */
export function desiredTopicSecret(site: SiteFacts, topic: string): Secret {
  return secret(identityMeta(site, siteObjectNames(site.name).topicSecret, 'dht'), { topic })
}
