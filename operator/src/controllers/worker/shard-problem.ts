import { isTooLarge } from '../../resources/device-list-secret.ts'
import { type Owner, ownershipOf } from '../ownership.ts'
import type { SeenShard } from '../shard-state.ts'
import { formatObject, isRefusal, type Setback } from '../steps.ts'
import { objectsOfShard } from './objects-of-shard.ts'
import type { SeenOwnShard } from './seen-worker.ts'

/** What keeps a shard from being run as declared. */
export function findShardProblem(
  { shard, key }: SeenOwnShard,
  owner: Owner,
  setbacks: readonly Setback[],
): SeenShard['problem'] {
  if (key !== null && ownershipOf(key, owner) === 'taken') return 'NameTaken'
  const objects = objectsOfShard(shard.workerId)
  const own = setbacks.filter(({ object }) => objects.includes(formatObject(object)))
  if (own.some(({ kind }) => kind === 'taken')) return 'NameTaken'
  if (isTooLarge(shard.devices)) return 'DeviceListTooLarge'
  return own.some(isRefusal) ? 'PodNotReady' : null
}
