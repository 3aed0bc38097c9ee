import type * as client from '@kubernetes/client-node'

/** The JSON form of a client type: times are strings, as on the wire. */
export type Json<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T

/** What every object has. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

export type ObjectMeta = Json<client.V1ObjectMeta>
export type OwnerReference = Json<client.V1OwnerReference>

type Typed<Kind extends string, Version extends string, T> = Omit<Json<T>, 'apiVersion' | 'kind' | 'metadata'> & {
  readonly apiVersion: Version
  readonly kind: Kind
  readonly metadata: ObjectMeta
}

export type Secret = Typed<'Secret', 'v1', client.V1Secret>
export type ConfigMap = Typed<'ConfigMap', 'v1', client.V1ConfigMap>
export type Service = Typed<'Service', 'v1', client.V1Service>
export type Pod = Typed<'Pod', 'v1', client.V1Pod>
export type PersistentVolumeClaim = Typed<'PersistentVolumeClaim', 'v1', client.V1PersistentVolumeClaim>
export type Deployment = Typed<'Deployment', 'apps/v1', client.V1Deployment>
export type StatefulSet = Typed<'StatefulSet', 'apps/v1', client.V1StatefulSet>
export type PodDisruptionBudget = Typed<'PodDisruptionBudget', 'policy/v1', client.V1PodDisruptionBudget>
export type NetworkPolicy = Typed<'NetworkPolicy', 'networking.k8s.io/v1', client.V1NetworkPolicy>
export type Lease = Typed<'Lease', 'coordination.k8s.io/v1', client.V1Lease>
export type KubeEvent = Typed<'Event', 'events.k8s.io/v1', client.EventsV1Event>
export type PodSpec = Json<client.V1PodSpec>
export type Container = Json<client.V1Container>
export type Volume = Json<client.V1Volume>
