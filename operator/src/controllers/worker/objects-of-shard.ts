import { shardObjectNames } from '../../api/v1alpha1/index.ts'

/**
 * What a shard is to have, as `formatObject` names it. A name alone tells little: the key Secret of shard `r` is called like
 * the Deployment of shard `r-key`.
 */
export function objectsOfShard(workerId: string): readonly string[] {
  const { deployment, devicesSecret, keySecret } = shardObjectNames(workerId)
  return [`Deployment ${deployment}`, `Secret ${devicesSecret}`, `Secret ${keySecret}`]
}
