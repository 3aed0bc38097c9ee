import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { Deployment } from '../kube/types.ts'
import { componentSelector, siteLabels } from './object-labels.ts'
import { oneProcessDeployment } from './one-process-deployment.ts'
import { operandPod } from './operand-pod.ts'
import { ownedBySite } from './owned-by.ts'
import type { SiteFacts } from './site-facts.ts'

/** App Node. It reads its key at start, and ORK's key and the tokens as they change. */
export function desiredAppNodeDeployment(site: SiteFacts, publicKey: string): Deployment {
  const names = siteObjectNames(site.name)
  return oneProcessDeployment({
    name: names.appNode,
    namespace: site.namespace,
    labels: siteLabels(site.name, 'app-node'),
    selector: componentSelector(site.name, 'app-node'),
    ownerReferences: ownedBySite(site),
    readAtStart: publicKey,
    pod: operandPod({
      service: 'app-node',
      image: site.image,
      env: {},
      sources: {
        key: { secret: names.appNodeKeySecret },
        discovery: { configMap: names.discoveryConfigMap },
        tokens: { secret: names.tokensSecret },
        admin: { secret: names.adminSecret },
      },
      state: null,
      memory: { request: '96Mi', limit: '256Mi' },
      cpuRequest: '25m',
      stopSeconds: 10,
    }),
  })
}
