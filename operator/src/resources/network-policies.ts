import { appNodePort, dhtPort, statusPort } from '../../../runtime/src/contract/index.ts'
import { type Component, labels } from '../api/group.ts'
import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { NetworkPolicy } from '../kube/types.ts'
import { componentSelector } from './object-labels.ts'
import type { SiteFacts } from './site-facts.ts'
import { siteObjectMeta } from './site-object-meta.ts'

/**
 * What may reach the pods of a site, a policy for each component: the DHT's port from pods of the site, probes, metrics
 * and status from anywhere (status wants its token), and App Node from anywhere.
 */
export function desiredNetworkPolicies(site: SiteFacts): readonly NetworkPolicy[] {
  const names = siteObjectNames(site.name)
  return [
    policy(site, names.dht, 'dht', []),
    policy(site, names.ork, 'ork', []),
    policy(site, names.appNode, 'app-node', [appNodePort]),
    policy(site, names.workersNetworkPolicy, 'worker', []),
  ]
}

function policy(site: SiteFacts, name: string, component: Component, openPorts: readonly number[]): NetworkPolicy {
  const fromSite = {
    // A variable, since the client's type spells this field `_from` as TypeScript alone does.
    from: [{ podSelector: { matchLabels: { [labels.site]: site.name } } }],
    ports: [{ port: dhtPort, protocol: 'UDP' }],
  }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: siteObjectMeta(site, name, component),
    spec: {
      podSelector: { matchLabels: componentSelector(site.name, component) },
      policyTypes: ['Ingress'],
      ingress: [fromSite, { ports: [statusPort, ...openPorts].map((port) => ({ port, protocol: 'TCP' })) }],
    },
  }
}
