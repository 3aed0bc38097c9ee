import type { DeviceEntry } from '../../../runtime/src/contract/index.ts'
import { shardObjectNames } from '../api/v1alpha1/index.ts'
import type { Secret } from '../kube/types.ts'
import { deviceListOf } from './device-list.ts'
import { shardLabels } from './object-labels.ts'
import { ownedByWorker } from './owned-by.ts'
import { secret } from './secret.ts'
import type { ShardFacts } from './site-facts.ts'

/** A Secret holds 1 MiB with its metadata. */
const maxDeviceListBytes = 900 * 1024

/** Whether a device list is more than a Secret can hold. */
export function isTooLarge(devices: readonly DeviceEntry[]): boolean {
  return deviceListOf(devices).sizeBytes > maxDeviceListBytes
}

/** The devices of one shard; a Secret, since a device may come with credentials. */
export function desiredDeviceListSecret(shard: ShardFacts, devices: readonly DeviceEntry[]): Secret {
  const metadata = {
    name: shardObjectNames(shard.workerId).devicesSecret,
    namespace: shard.site.namespace,
    labels: shardLabels(shard.site.name, shard.worker.name, shard.shard),
    ownerReferences: ownedByWorker(shard.worker),
  }
  return { ...secret(metadata, {}), data: { 'devices.json': deviceListOf(devices).base64 } }
}
