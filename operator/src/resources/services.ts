import { appNodePort, dhtPort, statusPort } from '../../../runtime/src/contract/index.ts'
import type { Component } from '../api/group.ts'
import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { Service } from '../kube/types.ts'
import { componentSelector } from './object-labels.ts'
import type { SiteFacts } from './site-facts.ts'
import { siteObjectMeta } from './site-object-meta.ts'

/** A name for each DHT node. A node is asked as soon as it listens: whether it is ready is for others to find out. */
export function desiredDhtService(site: SiteFacts): Service {
  return service(site, siteObjectNames(site.name).dht, 'dht', {
    clusterIP: 'None',
    publishNotReadyAddresses: true,
    ports: [{ name: 'dht', port: dhtPort, targetPort: dhtPort, protocol: 'UDP' }],
  })
}

/** A name for each worker. ORK dials a worker that isn't ready too, or that has lost the DHT. */
export function desiredPeersService(site: SiteFacts): Service {
  return service(site, siteObjectNames(site.name).peersService, 'worker', {
    clusterIP: 'None',
    publishNotReadyAddresses: true,
  })
}

/** ORK's probes, metrics and status. */
export function desiredOrkService(site: SiteFacts): Service {
  return service(site, siteObjectNames(site.name).ork, 'ork', {
    type: 'ClusterIP',
    ports: [{ name: 'status', port: statusPort, targetPort: statusPort, protocol: 'TCP' }],
  })
}

/** The site's HTTP edge. */
export function desiredAppNodeService(site: SiteFacts): Service {
  return service(site, siteObjectNames(site.name).appNode, 'app-node', {
    type: 'ClusterIP',
    ports: [{ name: 'http', port: appNodePort, targetPort: appNodePort, protocol: 'TCP' }],
  })
}

function service(site: SiteFacts, name: string, component: Component, spec: NonNullable<Service['spec']>): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: siteObjectMeta(site, name, component),
    spec: { ...spec, selector: componentSelector(site.name, component) },
  }
}
