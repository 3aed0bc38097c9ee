import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { StatefulSet } from '../kube/types.ts'
import { dhtNodes } from './addresses.ts'
import { componentSelector, siteLabels } from './object-labels.ts'
import { operandPod } from './operand-pod.ts'
import type { SiteFacts } from './site-facts.ts'
import { siteObjectMeta } from './site-object-meta.ts'

/** The DHT's bootstrap nodes. They know nothing of each other and keep nothing, so they start and stop side by side. */
export function desiredDhtStatefulSet(site: SiteFacts): StatefulSet {
  const names = siteObjectNames(site.name)
  const selector = { matchLabels: componentSelector(site.name, 'dht') }
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: siteObjectMeta(site, names.dht, 'dht'),
    spec: {
      serviceName: names.dht,
      replicas: dhtNodes,
      podManagementPolicy: 'Parallel',
      revisionHistoryLimit: 2,
      // Longer than the interval at which peers announce again: a new node has its records before the next one goes.
      minReadySeconds: 30,
      selector,
      template: {
        metadata: { labels: siteLabels(site.name, 'dht') },
        spec: {
          ...operandPod({
            service: 'dht',
            image: site.image,
            env: {},
            sources: { admin: { secret: names.adminSecret } },
            state: null,
            memory: { request: '64Mi', limit: '160Mi' },
            cpuRequest: '10m',
            stopSeconds: 10,
          }),
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 100, podAffinityTerm: { labelSelector: selector, topologyKey: 'kubernetes.io/hostname' } },
              ],
            },
          },
        },
      },
    },
  }
}
