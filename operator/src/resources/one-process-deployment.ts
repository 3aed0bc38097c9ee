import { contentHash } from '../../../runtime/src/contract/index.ts'
import { annotations } from '../api/group.ts'
import type { Deployment, OwnerReference, PodSpec } from '../kube/types.ts'

export interface OneProcess {
  readonly name: string
  readonly namespace: string
  readonly labels: Record<string, string>
  readonly selector: Record<string, string>
  readonly ownerReferences: OwnerReference[]
  /** What the process reads at start and nothing else: a change of it restarts the process. */
  readonly readAtStart: string
  readonly pod: PodSpec
}

/** A Deployment of one pod that is never there twice: two processes with one key drive each other out. */
export function oneProcessDeployment(process: OneProcess): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: process.name,
      namespace: process.namespace,
      labels: process.labels,
      ownerReferences: process.ownerReferences,
    },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 2,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: process.selector },
      template: {
        metadata: {
          labels: process.labels,
          annotations: { [annotations.configHash]: contentHash(process.readAtStart) },
        },
        spec: process.pod,
      },
    },
  }
}
