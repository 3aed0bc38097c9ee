import { apiVersion, kinds } from '../api/group.ts'
import type * as types from './types.ts'

/** A custom resource as the API server has it: checked against its schema there. */
export interface CustomResource extends types.KubeObject {
  readonly spec?: unknown
  readonly status?: unknown
}

/** The type behind each kind that the operator reads or writes. */
export interface KindTypes {
  MdkSite: CustomResource
  MdkWorker: CustomResource
  MdkRack: CustomResource
  Secret: types.Secret
  ConfigMap: types.ConfigMap
  Service: types.Service
  Pod: types.Pod
  PersistentVolumeClaim: types.PersistentVolumeClaim
  Deployment: types.Deployment
  StatefulSet: types.StatefulSet
  PodDisruptionBudget: types.PodDisruptionBudget
  NetworkPolicy: types.NetworkPolicy
  Lease: types.Lease
  Event: types.KubeEvent
}

export type Kind = keyof KindTypes

/** Where a kind lives in the API. All of them are namespaced. */
export interface Resource {
  readonly apiVersion: string
  readonly plural: string
}

/** Known by heart, so that no discovery is needed at start. */
export const resources: Readonly<Record<Kind, Resource>> = {
  MdkSite: { apiVersion, plural: kinds.site.plural },
  MdkWorker: { apiVersion, plural: kinds.worker.plural },
  MdkRack: { apiVersion, plural: kinds.rack.plural },
  Secret: { apiVersion: 'v1', plural: 'secrets' },
  ConfigMap: { apiVersion: 'v1', plural: 'configmaps' },
  Service: { apiVersion: 'v1', plural: 'services' },
  Pod: { apiVersion: 'v1', plural: 'pods' },
  PersistentVolumeClaim: { apiVersion: 'v1', plural: 'persistentvolumeclaims' },
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments' },
  StatefulSet: { apiVersion: 'apps/v1', plural: 'statefulsets' },
  PodDisruptionBudget: { apiVersion: 'policy/v1', plural: 'poddisruptionbudgets' },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', plural: 'networkpolicies' },
  Lease: { apiVersion: 'coordination.k8s.io/v1', plural: 'leases' },
  Event: { apiVersion: 'events.k8s.io/v1', plural: 'events' },
}

/** Names one object. */
export interface Ref<K extends Kind = Kind> {
  readonly kind: K
  readonly namespace: string
  readonly name: string
}

/** Path of all objects of a kind, in one namespace or (null) in all. */
export function collectionPath(kind: Kind, namespace: string | null): string {
  const { apiVersion: version, plural } = resources[kind]
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`
  return namespace === null ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

export function objectPath({ kind, namespace, name }: Ref, subresource?: 'status'): string {
  const path = `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

/** `namespace/name`: the key of an object in caches and queues. */
export function keyOf({ metadata }: types.KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`
}

/** Takes `namespace/name` apart. */
export function parseKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

/** Names the object. Throws for a kind that isn't in the table. */
export function refOf({ kind, metadata }: types.KubeObject): Ref {
  if (!isKind(kind)) throw new Error(`${kind} is not a kind that the operator knows`)
  return { kind, namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
}

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(resources, kind)
}

/** `kind namespace/name`, for messages and as a key over all kinds. */
export function formatRef({ kind, namespace, name }: Ref): string {
  return `${kind} ${namespace}/${name}`
}
