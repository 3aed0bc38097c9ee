import { type DeviceEntry, formatDeviceList } from '../../../runtime/src/contract/index.ts'
import { shardObjectNames } from '../api/v1alpha1/index.ts'
import type { Secret } from '../kube/types.ts'
import { shardLabels } from './object-labels.ts'
import { ownedByWorker } from './owned-by.ts'
import { secret } from './secret.ts'
import type { ShardFacts } from './site-facts.ts'

/** A Secret holds 1 MiB with its metadata. */
export const maxDeviceListBytes = 900 * 1024

/** The devices of one shard; a Secret, since a device may come with credentials. */
export function desiredDeviceListSecret(shard: ShardFacts, devices: readonly DeviceEntry[]): Secret {
  return secret(
    {
      name: shardObjectNames(shard.workerId).devicesSecret,
      namespace: shard.site.namespace,
      labels: shardLabels(shard.site.name, shard.worker.name, shard.shard),
      ownerReferences: ownedByWorker(shard.worker),
    },
    { 'devices.json': formatDeviceList(devices) },
  )
}
