import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { expect, vi } from 'vitest'
import { startApiServer } from '../../../test/api-server/api-server.ts'
import { openRestClient, type RestClient } from './rest-client.ts'

/** The root of the repository. */
export const root = join(import.meta.dirname, '../../..')

/** What the tests look at in an object. */
export interface Stored {
  kind: string
  metadata: { name: string; namespace?: string; resourceVersion?: string; generation?: number }
  spec?: unknown
  status?: { conditions?: { type: string; status: string }[] }
}

/** A real API server with our CRDs. */
export interface Cluster {
  readonly api: RestClient
  stop(): Promise<void>
}

const collections: Readonly<Record<string, string>> = {
  MdkSite: 'apis/mdk.io/v1alpha1/namespaces/*/mdksites',
  MdkWorker: 'apis/mdk.io/v1alpha1/namespaces/*/mdkworkers',
  MdkRack: 'apis/mdk.io/v1alpha1/namespaces/*/mdkracks',
  Namespace: 'api/v1/namespaces',
  Service: 'api/v1/namespaces/*/services',
  ServiceAccount: 'api/v1/namespaces/*/serviceaccounts',
  Deployment: 'apis/apps/v1/namespaces/*/deployments',
  CustomResourceDefinition: 'apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  ClusterRole: 'apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: 'apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  Role: 'apis/rbac.authorization.k8s.io/v1/namespaces/*/roles',
  RoleBinding: 'apis/rbac.authorization.k8s.io/v1/namespaces/*/rolebindings',
}

/** Path of all objects of a kind. */
export function collection(kind: string, namespace = 'default'): string {
  const path = collections[kind]
  if (path === undefined) throw new Error(`where is ${kind}?`)
  return `/${path.replace('*', namespace)}`
}

export function pathOf({ kind, metadata }: Stored): string {
  return `${collection(kind, metadata.namespace)}/${metadata.name}`
}

/** The objects of a manifest of the repository. */
export function readManifests(path: string): Stored[] {
  return loadAll(readFileSync(join(root, path), 'utf8')) as Stored[]
}

export const crds: readonly Stored[] = readdirSync(join(root, 'crds')).flatMap((name) => readManifests(`crds/${name}`))

export async function startCluster(): Promise<Cluster> {
  const server = await startApiServer()
  const api = await openRestClient(server.kubeconfig)
  const stop = async () => {
    api.close()
    await server.stop()
  }
  try {
    for (const crd of crds) expect(await api.apply(pathOf(crd), crd)).toMatchObject({ status: 201 })
    // A resource is served a moment after its CRD is Established.
    for (const kind of ['MdkSite', 'MdkWorker', 'MdkRack']) {
      await vi.waitFor(async () => expect((await api.send('GET', collection(kind))).status).toBe(200), 20_000)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { api, stop }
}
