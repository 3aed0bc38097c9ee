import type { MdkRack } from '../../api/v1alpha1/index.ts'
import type { ClusterView } from '../cluster-view.ts'
import type { OrkKnowledge } from '../ork-knowledge.ts'
import type { SeenRack } from './seen-rack.ts'

/** All reads of one run, from caches. */
export function observeRack(view: ClusterView, rack: MdkRack, orkKnowledge: OrkKnowledge): SeenRack {
  const { namespace, name } = rack.metadata
  const site = view.site(namespace, rack.spec.siteRef.name)
  const { assignment, workers } = view.members(namespace, rack.spec.siteRef.name)
  const shards = workers.flatMap((worker) => {
    const shard = assignment.workers.get(worker.metadata.name)?.shards.find(({ id }) => id === name)
    return shard === undefined ? [] : [view.shard(namespace, shard, worker)]
  })
  return {
    rack,
    siteExists: site !== null && site.metadata.deletionTimestamp === undefined,
    assignment: assignment.racks.get(name) ?? { rack: name, declared: 0, assigned: [], unassigned: [], duplicates: [] },
    shards,
    orkKnowledge,
  }
}
