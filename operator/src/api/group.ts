/** API group of the custom resources. */
export const group = 'mdk.io'
export const version = 'v1alpha1'
export const apiVersion = `${group}/${version}` as const
/** `kubectl get mdk` lists every kind of this category. */
export const category = 'mdk'

/** The custom resources: what they are called in YAML, in URLs and on the command line. */
export const kinds = {
  site: { kind: 'MdkSite', plural: 'mdksites', singular: 'mdksite', listKind: 'MdkSiteList', shortName: 'mdks' },
  worker: {
    kind: 'MdkWorker',
    plural: 'mdkworkers',
    singular: 'mdkworker',
    listKind: 'MdkWorkerList',
    shortName: 'mdkw',
  },
  rack: { kind: 'MdkRack', plural: 'mdkracks', singular: 'mdkrack', listKind: 'MdkRackList', shortName: 'mdkr' },
} as const

/** Labels on what the operator makes. `app.kubernetes.io/instance` is never among them: Argo CD tracks by it. */
export const labels = {
  /** `mdk` on everything. */
  name: 'app.kubernetes.io/name',
  /** Which program an object belongs to: dht, ork, app-node or worker. */
  component: 'app.kubernetes.io/component',
  /** `mdk-operator` on everything that the operator made. */
  managedBy: 'app.kubernetes.io/managed-by',
  /** Name of the MdkSite. On a Secret or PVC of the operator's own name it is the consent to adopt that object. */
  site: 'mdk.io/site',
  /** Name of the MdkWorker. */
  worker: 'mdk.io/worker',
  /** Shard id: the name of the rack that the shard serves. */
  shard: 'mdk.io/shard',
} as const

/** Values of `labels.name` and `labels.managedBy`. */
export const labelValues = { name: 'mdk', managedBy: 'mdk-operator' } as const

/** Values of `labels.component`. */
export type Component = 'dht' | 'ork' | 'app-node' | 'worker'

export const annotations = {
  /** On pod templates: hash of what the process reads at start, and of nothing else. */
  configHash: 'mdk.io/config-hash',
  /** On pods: any change of it makes the kubelet refresh the mounted files at once. */
  refresh: 'mdk.io/refresh',
  /**
   * On the operator's own copy of a Secret that a site refers to: the name of the source. It tells a source that is gone
   * (SecretLost) from one that was never there (SecretNotFound).
   */
  copiedFrom: 'mdk.io/copied-from',
  /** On an MdkSite: the topicHash or publicKey in status whose loss is accepted, so that a new one is made. */
  giveUp: 'mdk.io/give-up',
} as const

/** Who writes, in server-side apply and in `managedFields`. */
export const fieldManagers = {
  /** Children of the custom resources. */
  apply: 'mdk-operator',
  /** Status of the custom resources. */
  status: 'mdk-operator-status',
} as const
