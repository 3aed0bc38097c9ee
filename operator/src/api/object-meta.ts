/** A controller or other owner, as in `metadata.ownerReferences`. */
interface OwnerReference {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** What the API server sets on every namespaced object. Times are RFC 3339. */
export interface ObjectMeta {
  name: string
  namespace: string
  uid: string
  resourceVersion: string
  /** Grows with each change of `spec`; `status.observedGeneration` is compared with it. */
  generation: number
  creationTimestamp: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  ownerReferences?: OwnerReference[]
}
