import type { MdkWorker } from '../../api/v1alpha1/index.ts'
import type { WorkerAssignment } from '../../assignment/assignment.ts'
import type { KubeObject, Pod, Secret } from '../../kube/types.ts'
import type { SiteFacts } from '../../resources/site-facts.ts'
import type { OrkKnowledge } from '../ork-knowledge.ts'
import type { LastRefresh } from '../refresh.ts'
import type { SeenShard } from '../shard-state.ts'

/** Everything that one run knows of a worker. Plain data. */
export interface SeenWorker {
  readonly worker: MdkWorker
  /** Null when there is no such site, or it is being deleted. */
  readonly site: SeenWorkerSite | null
  readonly assignment: WorkerAssignment
  /** The shards of the assignment, in its order; none without a site. */
  readonly shards: readonly SeenOwnShard[]
  /** Objects of shards that are no more. */
  readonly leftovers: readonly KubeObject[]
  readonly orkKnowledge: OrkKnowledge
  /** By uid of the pod. */
  readonly refreshes: ReadonlyMap<string, LastRefresh>
}

export interface SeenWorkerSite {
  readonly facts: SiteFacts
  /** Whether all that a worker's pod mounts of the site is there. */
  readonly complete: boolean
}

export interface SeenOwnShard extends SeenShard {
  /** The key Secret; null if a live read found none. */
  readonly key: Secret | null
  readonly devices: Secret | null
  readonly pods: readonly Pod[]
  /** A seed for a new key, in hex. */
  readonly freshSeed: string
}
