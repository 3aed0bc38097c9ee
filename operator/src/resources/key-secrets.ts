import type { KeyPair } from '../../../runtime/src/contract/index.ts'
import { shardObjectNames, siteObjectNames } from '../api/v1alpha1/index.ts'
import type { Secret } from '../kube/types.ts'
import { shardLabels } from './object-labels.ts'
import { ownedByWorker } from './owned-by.ts'
import { secret } from './secret.ts'
import type { ShardFacts, SiteFacts } from './site-facts.ts'
import { identityMeta } from './site-object-meta.ts'

/** The key pair that ORK runs under. Outsiders pin its public key, so it outlives the site unless all is to be deleted. */
export function desiredOrkKeySecret(site: SiteFacts, pair: KeyPair): Secret {
  return secret(identityMeta(site, siteObjectNames(site.name).orkKeySecret, 'ork'), { ...pair })
}

/** The key pair that App Node dials ORK with. */
export function desiredAppNodeKeySecret(site: SiteFacts, pair: KeyPair): Secret {
  return secret(identityMeta(site, siteObjectNames(site.name).appNodeKeySecret, 'app-node'), { ...pair })
}

/** The key pair of one worker. Nobody outside the site knows it, so it goes with its shard. */
export function desiredWorkerKeySecret({ site, worker, shard, workerId }: ShardFacts, pair: KeyPair): Secret {
  return secret(
    {
      name: shardObjectNames(workerId).keySecret,
      namespace: site.namespace,
      labels: shardLabels(site.name, worker.name, shard),
      ownerReferences: ownedByWorker(worker),
    },
    { ...pair },
  )
}
