import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { vi } from 'vitest'
import { systemClock } from '../../src/engine/clock.ts'
import { silentLog } from '../../src/engine/log.ts'
import { systemRandom } from '../../src/engine/random.ts'
import { type CacheSpec, type Caches, createCaches } from '../../src/kube/caches.ts'
import { countRules } from '../../src/kube/count-rules.ts'
import { createEventRecorder } from '../../src/kube/events.ts'
import { createKube, type Kube } from '../../src/kube/kube.ts'
import { type Cluster, loadCluster } from '../../src/kube/load-cluster.ts'
import { collectionPath, type Kind } from '../../src/kube/resource.ts'
import { type ApiRequest, createTransport, type Transport } from '../../src/kube/transport.ts'

const machine = { clock: systemClock, random: systemRandom, log: silentLog }

/** What was sent to the API server, in order: `METHOD path`, watches as `WATCH path`. */
export interface Sent {
  readonly all: string[]
  clear(): void
}

export interface Connected {
  readonly transport: Transport
  readonly sent: Sent
}

/** A transport to the API server that notes what it sends. */
export function connect(cluster: string | Cluster): Connected {
  const all: string[] = []
  const target = typeof cluster === 'string' ? loadCluster({ kubeconfigPaths: [cluster], context: null }) : cluster
  const transport = createTransport({ ...machine, cluster: target, userAgent: 'mdk-operator-tests' })
  const note = (request: ApiRequest, method: string = request.method) => {
    all.push(`${method} ${request.path}`)
    return request
  }
  return {
    transport: {
      request: (request) => transport.request(note(request)),
      stream: (request) => transport.stream(note(request, 'WATCH')),
      close: () => transport.close(),
    },
    sent: { all, clear: () => all.splice(0) },
  }
}

export interface Operator extends Connected {
  readonly caches: Caches
  readonly kube: Kube
  close(): Promise<void>
}

/** What the operator has to read and write with, its caches filled. */
export async function startOperator(
  cluster: string | Cluster,
  specs: readonly CacheSpec<Kind>[],
  namespaces: readonly string[] | 'all' = 'all',
): Promise<Operator> {
  const connected = connect(cluster)
  const { transport } = connected
  const caches = createCaches({ ...machine, transport, namespaces })
  for (const spec of specs) caches.open(spec)
  const events = createEventRecorder({ ...machine, transport, controller: 'mdk-operator', instance: 'test' })
  const kube = createKube({ ...machine, transport, caches, events, countRules })
  await caches.warm(new AbortController().signal)
  return {
    ...connected,
    caches,
    kube,
    close: async () => {
      await events.close()
      await caches.close()
      await transport.close()
    },
  }
}

/** Installs the CRDs of the custom resources and waits until they are served. */
export async function installCrds({ transport }: Pick<Connected, 'transport'>): Promise<void> {
  const folder = join(import.meta.dirname, '../../../crds')
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  for (const file of readdirSync(folder)) {
    const body = load(readFileSync(join(folder, file), 'utf8'))
    await transport.request({ method: 'POST', path, body })
  }
  for (const kind of ['MdkSite', 'MdkWorker', 'MdkRack'] as const) {
    await vi.waitFor(() => transport.request({ method: 'GET', path: collectionPath(kind, null) }), 20_000)
  }
}

/** Makes a namespace of its own for a test. */
export async function makeNamespace({ transport }: Pick<Connected, 'transport'>, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
  await transport.request({ method: 'POST', path: '/api/v1/namespaces', body })
}
