import { env } from '../../../runtime/src/contract/index.ts'
import { shardObjectNames, siteObjectNames } from '../api/v1alpha1/index.ts'
import type { Deployment } from '../kube/types.ts'
import { shardLabels, shardSelector } from './object-labels.ts'
import { oneProcessDeployment } from './one-process-deployment.ts'
import { operandPod } from './operand-pod.ts'
import { ownedByWorker } from './owned-by.ts'
import type { ShardFacts } from './site-facts.ts'

export interface WorkerSoftware {
  readonly driver: string
  /** The one model that it serves; null for every model of the driver. */
  readonly model: string | null
}

/** One ORK worker. It reads its key at start, and its devices as they change. */
export function desiredWorkerDeployment(
  { site, worker, shard, workerId }: ShardFacts,
  { driver, model }: WorkerSoftware,
  publicKey: string,
): Deployment {
  const names = siteObjectNames(site.name)
  const own = shardObjectNames(workerId)
  const pod = operandPod({
    service: 'worker',
    image: site.image,
    env: {
      [env.worker]: driver,
      ...(model === null ? {} : { [env.type]: model }),
      [env.rack]: shard,
      [env.workerId]: workerId,
    },
    sources: {
      key: { secret: own.keySecret },
      topic: { secret: names.topicSecret },
      discovery: { configMap: names.discoveryConfigMap },
      devices: { secret: own.devicesSecret },
      admin: { secret: names.adminSecret },
    },
    // For its memory of commands, which outlives a container but not the pod: that is safe, since the next one has another name.
    state: { emptyDir: { sizeLimit: '256Mi' } },
    memory: { request: '96Mi', limit: '256Mi' },
    cpuRequest: '25m',
    stopSeconds: 10,
  })
  return oneProcessDeployment({
    name: own.deployment,
    namespace: site.namespace,
    labels: shardLabels(site.name, worker.name, shard),
    selector: shardSelector(worker.name, shard),
    ownerReferences: ownedByWorker(worker),
    readAtStart: publicKey,
    pod: { hostname: workerId, subdomain: names.peersService, ...pod },
  })
}
