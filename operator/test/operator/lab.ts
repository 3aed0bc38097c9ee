import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import { type ApiServerOptions, startApiServer } from '../../../test/api-server/api-server.ts'
import { until } from '../../../test/e2e/support/poll.ts'
import type { MdkRack, MdkSite, MdkSiteStatus, MdkWorker } from '../../src/api/v1alpha1/index.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { systemRandom } from '../../src/engine/random.ts'
import { isApiError } from '../../src/kube/errors.ts'
import { type Cluster, loadCluster } from '../../src/kube/load-cluster.ts'
import { collectionPath, type Kind, type KindTypes, objectPath } from '../../src/kube/resource.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import type { KubeEvent, KubeObject } from '../../src/kube/types.ts'
import { type RunningOperator, runOperator, untilLeading } from './running-operator.ts'
import { type ScriptedOrks, startScriptedOrks } from './scripted-orks.ts'

/** Types of our kinds, besides those of Kubernetes. */
export interface Stored extends Omit<KindTypes, 'MdkSite' | 'MdkWorker' | 'MdkRack'> {
  MdkSite: MdkSite
  MdkWorker: MdkWorker
  MdkRack: MdkRack
}

/** A real API server with our CRDs, the garbage collector and the namespace controller, and ORKs that say what they are told. */
export interface Lab {
  readonly orks: ScriptedOrks
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string
  /** The administrator. */
  readonly admin: Transport
  /** The API server as the operator's service account sees it, and as another account does. */
  readonly account: Account
  asAccount(token: string): Cluster
  /** Starts the operator in this process, with the rights of its manifest and no others. */
  startOperator(runtimeImage?: string): Promise<RunningOperator>
  /** Makes a namespace of its own for a test. */
  namespace(): Promise<Space>
  /** A namespace that is there. */
  space(name: string): Space
  /** Lets the operator have its lease in this namespace too. */
  allowLease(space: Space): Promise<void>
  close(): Promise<void>
}

export interface Account {
  readonly server: string
  /** Certificate that the server is known by. */
  readonly ca: string
  readonly token: string
}

/** One namespace, as its user works in it. */
export interface Space {
  readonly name: string
  get<K extends Kind>(kind: K, name: string): Promise<Stored[K] | null>
  list<K extends Kind>(kind: K): Promise<Stored[K][]>
  /** Status of an MdkSite; empty before the first. */
  siteStatus(name: string): Promise<MdkSiteStatus>
  /** As `kubectl apply --server-side` does it. */
  apply(...objects: readonly object[]): Promise<void>
  patch(kind: Kind, name: string, change: object): Promise<void>
  /** As `patch`, changing nothing. */
  try(kind: Kind, name: string, change: object): Promise<void>
  patchStatus(kind: Kind, name: string, status: object): Promise<void>
  remove(kind: Kind, name: string, propagation?: 'Background' | 'Foreground'): Promise<void>
  /** Deletes the namespace and resolves when it is gone. */
  dissolve(): Promise<void>
  /** Notes of events with this reason. */
  events(reason: string): Promise<string[]>
}

export async function startLab(options: Pick<ApiServerOptions, 'admissionPlugins'> = {}): Promise<Lab> {
  const server = await startApiServer(options)
  const cluster = loadCluster({ kubeconfigPaths: [server.kubeconfig], context: null })
  const transport = createTransport({ cluster, userAgent: 'lab', clock: systemClock, random: systemRandom })
  const orks = await startScriptedOrks()
  await installCrds(transport)
  const account = await installAccount(transport, cluster)
  // The last one lets go of volume claims, which the API server holds back until somebody says that no pod uses them.
  await server.startControllers(['garbagecollector', 'namespace', 'persistentvolumeclaim-protection-controller'])
  return {
    orks,
    kubeconfig: server.kubeconfig,
    admin: transport,
    account,
    asAccount: (token) => clusterOf({ ...account, token }),
    startOperator: async (runtimeImage) => {
      const own = runtimeImage === undefined ? {} : { runtimeImage }
      const operator = await runOperator(clusterOf(account), { reach: orks.reach(), ...own })
      await untilLeading(operator)
      return operator
    },
    namespace: async () => spaceOf(transport, await makeNamespace(transport)),
    space: (name) => spaceOf(transport, name),
    allowLease: (space) => allowLease(transport, space.name),
    close: async () => {
      await orks.close()
      await transport.close()
      await server.stop()
    },
  }
}

async function installCrds(transport: Transport): Promise<void> {
  const folder = join(import.meta.dirname, '../../../crds')
  for (const file of readdirSync(folder)) {
    const body = load(readFileSync(join(folder, file), 'utf8'))
    await transport.request({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', body })
  }
  for (const kind of ['MdkSite', 'MdkWorker', 'MdkRack'] as const) {
    // A resource is served a moment after its definition is accepted.
    const served = () => transport.request({ method: 'GET', path: collectionPath(kind, null) })
    await until(`${kind} is served`, served, { timeoutMs: 20_000, everyMs: 50 })
  }
}

/** The operator's service account, with the roles of the manifest. */
async function installAccount(transport: Transport, admin: Cluster): Promise<Account> {
  const objects = readManifest()
  for (const body of objects) {
    const path = accountPaths[body.kind]?.replace('*', body.metadata.namespace ?? '')
    if (path !== undefined) await transport.request({ method: 'POST', path, body })
  }
  const { namespace = '', name = '' } = objects.find(({ kind }) => kind === 'ServiceAccount')?.metadata ?? {}
  const { tls } = await admin.authorize()
  return { server: admin.server, ca: tls.ca ?? '', token: await requestToken(transport, namespace, name) }
}

/** A token of a service account. */
export async function requestToken(transport: Transport, namespace: string, account: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } }
  const { status } = (await transport.request({ method: 'POST', path, body })) as { status: { token: string } }
  return status.token
}

/** The API server with the rights of the account. */
export function clusterOf({ server, ca, token }: Account): Cluster {
  const tls = { ca, cert: undefined, key: undefined, servername: undefined, rejectUnauthorized: undefined }
  const authorization = { headers: { authorization: `Bearer ${token}` }, tls, tlsFingerprint: 'account' }
  return { server, proxyUrl: null, namespace: null, authorize: () => Promise.resolve(authorization) }
}

function readManifest(): KubeObject[] {
  return loadAll(readFileSync(join(import.meta.dirname, '../../../manifests/install.yaml'), 'utf8')) as KubeObject[]
}

/** The Role that the operator has in its own namespace, once more. */
async function allowLease(transport: Transport, namespace: string): Promise<void> {
  for (const object of readManifest().filter(({ kind }) => kind === 'Role' || kind === 'RoleBinding')) {
    const path = accountPaths[object.kind]?.replace('*', namespace) ?? ''
    await transport.request({ method: 'POST', path, body: { ...object, metadata: { ...object.metadata, namespace } } })
  }
}

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const accountPaths: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  ServiceAccount: '/api/v1/namespaces/*/serviceaccounts',
  ClusterRole: `${rbac}/clusterroles`,
  ClusterRoleBinding: `${rbac}/clusterrolebindings`,
  Role: `${rbac}/namespaces/*/roles`,
  RoleBinding: `${rbac}/namespaces/*/rolebindings`,
}

async function makeNamespace(transport: Transport): Promise<string> {
  const made = await transport.request({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { generateName: 'test-' } },
  })
  return (made as KubeObject).metadata.name ?? ''
}

function spaceOf(transport: Transport, namespace: string): Space {
  const list = async <K extends Kind>(kind: K) => {
    const answer = await transport.request({ method: 'GET', path: collectionPath(kind, namespace) })
    // Items of a list don't say what they are.
    return (answer as { items: Stored[K][] }).items.map((item) => ({ ...item, kind }))
  }
  const mergePatch = (path: string, body: object, query: Record<string, string> = {}) =>
    transport.request({ method: 'PATCH', path, query, body, contentType: 'application/merge-patch+json' })
  return {
    name: namespace,
    list,
    siteStatus: async (name) => {
      const path = objectPath({ kind: 'MdkSite', namespace, name })
      return ((await transport.request({ method: 'GET', path })) as MdkSite).status ?? {}
    },
    get: async (kind, name) =>
      (await absentIsNull(transport.request({ method: 'GET', path: objectPath({ kind, namespace, name }) }))) as never,
    async apply(...objects) {
      for (const object of objects) await applyOne(transport, namespace, object as KubeObject)
    },
    async patch(kind, name, change) {
      await mergePatch(objectPath({ kind, namespace, name }), change)
    },
    async try(kind, name, change) {
      await mergePatch(objectPath({ kind, namespace, name }), change, { dryRun: 'All' })
    },
    async patchStatus(kind, name, status) {
      await mergePatch(objectPath({ kind, namespace, name }, 'status'), { status })
    },
    async remove(kind, name, propagation = 'Background') {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: propagation }
      await transport.request({ method: 'DELETE', path: objectPath({ kind, namespace, name }), body })
    },
    async dissolve() {
      const path = `/api/v1/namespaces/${namespace}`
      await transport.request({ method: 'DELETE', path })
      const gone = async () =>
        (await absentIsNull(transport.request({ method: 'GET', path }))) === null ? true : undefined
      await until(`namespace ${namespace} is gone`, gone, { timeoutMs: 30_000, everyMs: 200 })
    },
    events: async (reason) =>
      (await list('Event')).filter((event: KubeEvent) => event.reason === reason).map((event) => event.note ?? ''),
  }
}

async function applyOne(transport: Transport, namespace: string, object: KubeObject): Promise<void> {
  const kind = object.kind as Kind
  const body = { ...object, metadata: { ...object.metadata, namespace } }
  await transport.request({
    method: 'PATCH',
    path: objectPath({ kind, namespace, name: object.metadata.name ?? '' }),
    query: { fieldManager: 'user', force: 'true' },
    contentType: 'application/apply-patch+yaml',
    body,
  })
}

async function absentIsNull(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    if (isApiError(error, 'absent')) return null
    throw error
  }
}
