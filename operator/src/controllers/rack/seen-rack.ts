import type { MdkRack } from '../../api/v1alpha1/index.ts'
import type { RackAssignment } from '../../assignment/assignment.ts'
import type { OrkKnowledge } from '../ork-knowledge.ts'
import type { SeenShard } from '../shard-state.ts'

/** Everything that one run knows of a rack. Plain data. */
export interface SeenRack {
  readonly rack: MdkRack
  readonly siteExists: boolean
  readonly assignment: RackAssignment
  /** Shards that serve devices of this rack. */
  readonly shards: readonly SeenShard[]
  readonly orkKnowledge: OrkKnowledge
}
