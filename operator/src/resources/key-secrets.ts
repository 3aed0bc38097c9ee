import type { KeyPair } from '../../../runtime/src/contract/index.ts'
import { shardObjectNames, siteObjectNames } from '../api/v1alpha1/index.ts'
import type { Secret } from '../kube/types.ts'
import { shardLabels, siteLabels } from './object-labels.ts'
import { ownedBySite, ownedByWorker } from './owned-by.ts'
import { secret } from './secret.ts'
import type { ShardFacts, SiteFacts } from './site-facts.ts'

/** The key pair that ORK runs under. Outsiders pin its public key, so it outlives the site unless all is to be deleted. */
export function desiredOrkKeySecret(site: SiteFacts, pair: KeyPair): Secret {
  return siteKeySecret(site, 'ork', siteObjectNames(site.name).orkKeySecret, pair)
}

/** The key pair that App Node dials ORK with. */
export function desiredAppNodeKeySecret(site: SiteFacts, pair: KeyPair): Secret {
  return siteKeySecret(site, 'app-node', siteObjectNames(site.name).appNodeKeySecret, pair)
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

function siteKeySecret(site: SiteFacts, component: 'ork' | 'app-node', name: string, pair: KeyPair): Secret {
  return secret(
    {
      name,
      namespace: site.namespace,
      labels: siteLabels(site.name, component),
      ...(site.deletionPolicy === 'Delete' ? { ownerReferences: ownedBySite(site) } : {}),
    },
    { ...pair },
  )
}
