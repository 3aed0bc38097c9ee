import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { Deployment } from '../kube/types.ts'
import { componentSelector, siteLabels } from './object-labels.ts'
import { oneProcessDeployment } from './one-process-deployment.ts'
import { operandPod } from './operand-pod.ts'
import { ownedBySite } from './owned-by.ts'
import type { SiteFacts } from './site-facts.ts'

/** ORK. It reads its key at start, and everything else as it changes. */
export function desiredOrkDeployment(site: SiteFacts, publicKey: string): Deployment {
  const names = siteObjectNames(site.name)
  return oneProcessDeployment({
    name: names.ork,
    namespace: site.namespace,
    labels: siteLabels(site.name, 'ork'),
    selector: componentSelector(site.name, 'ork'),
    ownerReferences: ownedBySite(site),
    readAtStart: publicKey,
    pod: operandPod({
      service: 'ork',
      image: site.image,
      env: {},
      sources: {
        key: { secret: names.orkKeySecret },
        topic: { secret: names.topicSecret },
        discovery: { configMap: names.discoveryConfigMap },
        roster: { configMap: names.rosterConfigMap },
        admin: { secret: names.adminSecret },
      },
      state: { persistentVolumeClaim: { claimName: names.ork } },
      // Measured with 1,000 workers and 100,000 devices: 260 MB.
      memory: { request: '128Mi', limit: '512Mi' },
      cpuRequest: '50m',
      stopSeconds: 15,
    }),
  })
}
