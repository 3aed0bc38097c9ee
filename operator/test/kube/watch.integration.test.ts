import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ApiServer, startApiServer } from '../../../test/api-server/api-server.ts'
import type { Change } from '../../src/kube/cache.ts'
import { type Cluster, loadCluster } from '../../src/kube/load-cluster.ts'
import { collectionPath, objectPath } from '../../src/kube/resource.ts'
import type { ConfigMap } from '../../src/kube/types.ts'
import { type Connected, connect, makeNamespace, type Operator, startOperator } from './cluster-for-tests.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const namespace = 'watched'
let server: ApiServer
let proxy: TcpProxy
/** Straight to the API server; the operator goes through the proxy. */
let user: Connected
let operator: Operator | undefined

beforeAll(async () => {
  server = await startApiServer()
  const direct = loadCluster({ kubeconfigPaths: [server.kubeconfig], context: null })
  const { hostname, port } = new URL(direct.server)
  proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  user = connect(direct)
  await makeNamespace(user, namespace)
})
afterEach(async () => {
  await operator?.close()
  operator = undefined
  proxy.refusing = false
})
afterAll(async () => {
  await user.transport.close()
  await proxy.close()
  await server.stop()
})

function throughProxy(): Cluster {
  const direct = loadCluster({ kubeconfigPaths: [server.kubeconfig], context: null })
  return { ...direct, server: `https://127.0.0.1:${proxy.port}` }
}

async function write(name: string, value: string): Promise<void> {
  await user.transport.request({
    method: 'PATCH',
    path: objectPath({ kind: 'ConfigMap', namespace, name }),
    query: { fieldManager: 'user', force: 'true' },
    contentType: 'application/apply-patch+yaml',
    body: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels: { 'mdk.io/site': 's' } },
      data: { value },
    },
  })
}

const selector = 'mdk.io/site'
async function watching() {
  operator = await startOperator(throughProxy(), [{ kind: 'ConfigMap', selector }])
  const cache = operator.caches.open({ kind: 'ConfigMap', selector })
  const changes: Change<ConfigMap>[] = []
  cache.subscribe((change) => changes.push(change))
  const value = (name: string) => cache.get(namespace, name)?.data?.['value']
  return { operator, cache, changes, value }
}

describe('a cache', () => {
  test('has what was there, and follows what changes', async () => {
    await write('a', '1')
    const { value, changes } = await watching()
    expect(value('a')).toBe('1')
    await write('a', '2')
    await write('b', '1')
    await vi.waitFor(() => expect([value('a'), value('b')]).toEqual(['2', '1']), 20_000)
    await user.transport.request({ method: 'DELETE', path: objectPath({ kind: 'ConfigMap', namespace, name: 'b' }) })
    await vi.waitFor(() => expect(value('b')).toBeUndefined(), 20_000)
    expect(changes.map(({ kind, object }) => `${kind} ${object.metadata.name ?? ''}`)).toEqual([
      'updated a',
      'added b',
      'deleted b',
    ])
  })

  test('goes on after its connections were killed again and again: each change once, and no second list', async () => {
    const { operator: watched, changes, value } = await watching()
    watched.sent.clear()
    for (let round = 1; round <= 4; round++) {
      await write('a', `before ${round}`)
      await vi.waitFor(() => expect(value('a')).toBe(`before ${round}`), 10_000)
      proxy.cutAll()
      await write('a', `while away ${round}`)
      await vi.waitFor(() => expect(value('a')).toBe(`while away ${round}`), 10_000)
    }
    const versions = changes.map(({ object }) => Number(object.metadata.resourceVersion))
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
    expect(changes).toHaveLength(8)
    expect(new Set(watched.sent.all)).toEqual(new Set([`WATCH ${collectionPath('ConfigMap', null)}`]))
  })

  test('comes back when the API server was away', async () => {
    const { value } = await watching()
    proxy.refusing = true
    proxy.cutAll()
    await write('a', 'meanwhile')
    proxy.refusing = false
    await vi.waitFor(() => expect(value('a')).toBe('meanwhile'), 10_000)
  })

  test('lists in pages', async () => {
    const names = Array.from({ length: 1_100 }, (_, at) => `many-${at}`)
    for (let at = 0; at < names.length; at += 25) {
      await Promise.all(names.slice(at, at + 25).map((name) => write(name, '1')))
    }
    const { operator: watched, cache } = await watching()
    expect(cache.list(namespace).length).toBeGreaterThanOrEqual(1_100)
    expect(watched.sent.all.filter((line) => line.startsWith('GET'))).toHaveLength(3)
  })

  test('has only metadata where it asked for no more', async () => {
    await write('a', 'secret')
    operator = await startOperator(throughProxy(), [{ kind: 'ConfigMap', metadataOnly: true }])
    const heads = operator.caches.open({ kind: 'ConfigMap', metadataOnly: true })
    const head = heads.get(namespace, 'a')
    expect([head?.kind, head?.apiVersion, head?.data]).toEqual(['ConfigMap', 'v1', undefined])
    expect(head?.metadata.labels).toEqual({ 'mdk.io/site': 's' })
    const before = head?.metadata.resourceVersion
    await write('a', 'another')
    await vi.waitFor(() => expect(heads.get(namespace, 'a')?.metadata.resourceVersion).not.toBe(before), 20_000)
    expect(operator.caches.find('ConfigMap', namespace, 'a')).toBeUndefined()
  })

  test('holds frozen objects, without what only costs memory', async () => {
    const { cache } = await watching()
    const object = cache.get(namespace, 'a')!
    expect(object.metadata.managedFields).toBeUndefined()
    expect(() => {
      object.data!['value'] = 'mine'
    }).toThrow('read only')
  })

  test('of some namespaces has nothing of the others', async () => {
    await makeNamespace(user, 'elsewhere')
    operator = await startOperator(throughProxy(), [{ kind: 'ConfigMap' }], ['elsewhere', 'kube-public'])
    const cache = operator.caches.open({ kind: 'ConfigMap' })
    expect(cache.list(namespace)).toEqual([])
    expect(operator.sent.all.every((line) => !line.endsWith('/api/v1/configmaps'))).toBe(true)
  })
})
