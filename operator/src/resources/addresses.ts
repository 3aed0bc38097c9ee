import { dhtPort } from '../../../runtime/src/contract/index.ts'
import { siteObjectNames } from '../api/v1alpha1/index.ts'
import type { SiteFacts } from './site-facts.ts'

/** Measured: three nodes keep a DHT of this size whole while one of them is away. */
export const dhtNodes = 3

/** Where the site's DHT nodes answer, as `host:port`: a name for each pod, since one address for several breaks a DHT. */
export function bootstrapAddresses(site: Pick<SiteFacts, 'name' | 'namespace' | 'clusterDomain'>): readonly string[] {
  const { dht } = siteObjectNames(site.name)
  return Array.from(
    { length: dhtNodes },
    (_, ordinal) => `${dht}-${ordinal}.${dht}.${site.namespace}.svc.${site.clusterDomain}:${dhtPort}`,
  )
}

/** DNS name of a worker's pod. */
export function workerHost(site: Pick<SiteFacts, 'name' | 'namespace' | 'clusterDomain'>, workerId: string): string {
  return `${workerId}.${siteObjectNames(site.name).peersService}.${site.namespace}.svc.${site.clusterDomain}`
}

/** DNS name of ORK's Service. */
export function orkHost(site: Pick<SiteFacts, 'name' | 'namespace' | 'clusterDomain'>): string {
  return `${siteObjectNames(site.name).ork}.${site.namespace}.svc.${site.clusterDomain}`
}
