import type { DeletionPolicy } from '../api/v1alpha1/index.ts'

/** What the objects of a site depend on besides their content. */
export interface SiteFacts {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly deletionPolicy: DeletionPolicy
  /** The runtime image of every pod. */
  readonly image: string
  /** Domain of the cluster's DNS, such as cluster.local. */
  readonly clusterDomain: string
}

/** What the objects of a shard depend on besides their content. */
export interface ShardFacts {
  readonly site: Pick<SiteFacts, 'name' | 'namespace' | 'image'>
  /** The MdkWorker, which owns them. */
  readonly worker: { readonly name: string; readonly uid: string }
  readonly shard: string
  readonly workerId: string
}
