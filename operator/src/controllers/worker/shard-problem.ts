import { shardObjectNames } from '../../api/v1alpha1/index.ts'
import { isTooLarge } from '../../resources/device-list-secret.ts'
import { type Owner, ownershipOf } from '../ownership.ts'
import type { SeenShard } from '../shard-state.ts'
import { isRefusal, type Setback } from '../steps.ts'
import type { SeenOwnShard } from './seen-worker.ts'

/** What keeps a shard from being run as declared. */
export function findShardProblem(
  { shard, key }: SeenOwnShard,
  owner: Owner,
  setbacks: readonly Setback[],
): SeenShard['problem'] {
  if (key !== null && ownershipOf(key, owner) === 'taken') return 'NameTaken'
  const names: readonly string[] = Object.values(shardObjectNames(shard.workerId))
  const own = setbacks.filter(({ object }) => names.includes(object.metadata.name ?? ''))
  if (own.some(({ kind }) => kind === 'taken')) return 'NameTaken'
  if (isTooLarge(shard.devices)) return 'DeviceListTooLarge'
  return own.some(isRefusal) ? 'PodNotReady' : null
}
