/**
 * Names of everything that the operator makes, all derived from names that users chose: a site's has at most 40
 * characters, a worker's and a rack's at most 31 and no dot. Services come to 49, worker ids to 63, Secrets to 71.
 */

/** Names of a site's own objects. */
export interface SiteObjectNames {
  readonly topicSecret: string
  readonly orkKeySecret: string
  readonly appNodeKeySecret: string
  readonly tokensSecret: string
  readonly adminSecret: string
  readonly discoveryConfigMap: string
  readonly rosterConfigMap: string
  /** StatefulSet, headless Service, PodDisruptionBudget and NetworkPolicy of the DHT bootstrap nodes. */
  readonly dht: string
  /** Headless Service that gives ORK, App Node and workers their DNS names. */
  readonly peersService: string
  /** Deployment, Service, PersistentVolumeClaim and NetworkPolicy. */
  readonly ork: string
  /** Deployment, Service and NetworkPolicy. */
  readonly appNode: string
  readonly workersNetworkPolicy: string
}

export function siteObjectNames(site: string): SiteObjectNames {
  return {
    topicSecret: `${site}-topic`,
    orkKeySecret: `${site}-ork-key`,
    appNodeKeySecret: `${site}-app-node-key`,
    tokensSecret: `${site}-app-node-tokens`,
    adminSecret: `${site}-admin`,
    discoveryConfigMap: `${site}-discovery`,
    rosterConfigMap: `${site}-roster`,
    dht: `${site}-dht`,
    peersService: `${site}-peers`,
    ork: `${site}-ork`,
    appNode: `${site}-app-node`,
    workersNetworkPolicy: `${site}-workers`,
  }
}

/**
 * The name of one shard of a worker: on the wire, of its Deployment, as the pod's hostname and in logs.
 * With one shard a rack, the shard id is the rack's name.
 */
export function workerId(worker: string, shard: string): string {
  return `${worker}-${shard}`
}

/** Names of a shard's own objects. */
export interface ShardObjectNames {
  readonly deployment: string
  readonly keySecret: string
  readonly devicesSecret: string
}

export function shardObjectNames(id: string): ShardObjectNames {
  return { deployment: id, keySecret: `${id}-key`, devicesSecret: `${id}-devices` }
}

/** The id of a device on the wire. A rack's name holds no dot, so it can be read in one way only. */
export function deviceId(rack: string, device: string): string {
  return `${rack}.${device}`
}
