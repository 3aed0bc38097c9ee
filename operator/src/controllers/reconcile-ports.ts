import type { Clock } from '../engine/clock.ts'
import type { Kube } from '../kube/kube.ts'
import type { ClusterView } from './cluster-view.ts'
import type { OrkHearing } from './ork-hearing.ts'

/** What every reconciler works with. */
export interface ReconcilePorts {
  readonly view: ClusterView
  readonly kube: Kube
  readonly hearing: OrkHearing
  readonly clock: Clock
  /** Must be cryptographically strong. */
  readonly randomBytes: (sizeBytes: number) => Buffer
  readonly config: OperandConfig
}

/** What the operator's own configuration says of the pods that it makes. */
export interface OperandConfig {
  readonly runtimeImage: string
  readonly clusterDomain: string
}
