import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ApiServer, startApiServer } from '../../../test/api-server/api-server.ts'
import { ownershipOf } from '../../src/controllers/ownership.ts'
import { collectionPath, objectPath, refOf } from '../../src/kube/resource.ts'
import type { Deployment, KubeObject, Pod } from '../../src/kube/types.ts'
import { makeNamespace, type Operator, startOperator } from './cluster-for-tests.ts'

const selector = 'mdk.io/site'
const signal = new AbortController().signal
const namespace = 'writes'
let server: ApiServer
let operator: Operator

const specs = (['Secret', 'ConfigMap', 'Service', 'Pod', 'Deployment', 'StatefulSet', 'NetworkPolicy'] as const).map(
  (kind) => ({ kind, selector }),
)

beforeAll(async () => {
  server = await startApiServer()
  operator = await startOperator(server.kubeconfig, specs)
  await makeNamespace(operator, namespace)
})
afterAll(async () => {
  await operator.close()
  await server.stop()
})

/** A controller that needn't exist: the garbage collector doesn't run. */
const owner = { kind: 'MdkSite', name: 'site', uid: randomUUID() } as const
const ours = (live: KubeObject) => ownershipOf(live, owner) === 'ours'

function meta(name: string) {
  const ownerReferences = [{ apiVersion: 'mdk.io/v1alpha1', ...owner, controller: true }]
  return { name, namespace, labels: { 'mdk.io/site': 'site' }, ownerReferences }
}

function deployment(name: string): Deployment {
  const labels = { 'mdk.io/site': 'site', app: name }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta(name),
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      strategy: { type: 'Recreate' },
      template: {
        metadata: { labels, annotations: { 'mdk.io/config-hash': 'abc' } },
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, fsGroup: 10001, seccompProfile: { type: 'RuntimeDefault' } },
          hostNetwork: false,
          containers: [
            {
              name: 'worker',
              image: 'runtime:1',
              args: ['one', 'two'],
              env: [
                { name: 'SERVICE', value: 'worker' },
                { name: 'EMPTY', value: '' },
                { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              ],
              ports: [
                { name: 'dht', containerPort: 49737, protocol: 'UDP' },
                { name: 'dht-tcp', containerPort: 49737 },
                { name: 'status', containerPort: 8080 },
              ],
              readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 2 },
              resources: { requests: { cpu: '1000m', memory: '0.5Gi' }, limits: { memory: '512Mi' } },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              volumeMounts: [
                { name: 'state', mountPath: '/var/lib/mdk' },
                { name: 'key', mountPath: '/etc/mdk/key', readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'state', emptyDir: {} },
            { name: 'key', secret: { secretName: 'key', defaultMode: 0o440, items: [{ key: 'seed', path: 'seed' }] } },
          ],
        },
      },
    },
  }
}

const networkPolicy: KubeObject & { spec: unknown } = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: meta('policy'),
  spec: {
    podSelector: { matchLabels: { 'mdk.io/site': 'site' } },
    policyTypes: ['Ingress'],
    ingress: [{ ports: [{ protocol: 'UDP', port: 49737 }, { port: 8080 }] }],
  },
}

const service: KubeObject & { spec: unknown } = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta('service'),
  spec: {
    selector: { app: 'x' },
    ports: [
      { name: 'http', port: 8080, targetPort: 8080 },
      { name: 'udp', port: 8080, protocol: 'UDP' },
    ],
  },
}

const headless: KubeObject & { spec: unknown } = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta('headless'),
  spec: { clusterIP: 'None', publishNotReadyAddresses: true, selector: { app: 'x' } },
}

const statefulSet: KubeObject & { spec: unknown } = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: meta('dht'),
  spec: {
    serviceName: 'dht',
    replicas: 3,
    podManagementPolicy: 'Parallel',
    selector: { matchLabels: { app: 'dht' } },
    template: {
      metadata: { labels: { app: 'dht' } },
      spec: { containers: [{ name: 'dht', image: 'runtime:1', resources: { requests: { cpu: '50m' } } }] },
    },
  },
}

const configMap: KubeObject & { data: unknown } = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: meta('roster'),
  data: { 'roster.json': '{"version":1,"workers":[]}' },
}

const samples: readonly KubeObject[] = [deployment('d'), networkPolicy, service, headless, statefulSet, configMap]

/** One run of a reconciler. */
async function apply(desired: KubeObject, by: Operator = operator) {
  await by.kube.settled('test', signal)
  return await by.kube.writer('test', signal).apply(desired, ours)
}

/** The object as the API server has it now. */
async function live(object: KubeObject): Promise<KubeObject> {
  return (await operator.kube.get(refOf(object), signal))!
}

/** Somebody else's change; resolves when the operator's cache has seen it. */
async function meddle(target: KubeObject, body: object): Promise<void> {
  await operator.transport.request({
    method: 'PATCH',
    path: objectPath(refOf(target)),
    query: { fieldManager: 'kubectl-edit' },
    contentType: 'application/strategic-merge-patch+json',
    body,
  })
  const { kind, name } = refOf(target)
  const version = (await live(target)).metadata.resourceVersion
  await vi.waitFor(
    () => expect(operator.caches.find(kind, namespace, name)?.metadata.resourceVersion).toBe(version),
    20_000,
  )
}

describe('applying', () => {
  test.each(samples)('$kind $metadata.name: made once, and then neither read nor written', async (desired) => {
    expect((await apply(desired)).kind).toBe('created')
    await operator.kube.settled('test', signal)
    operator.sent.clear()
    expect((await apply(desired)).kind).toBe('unchanged')
    expect(operator.sent.all).toEqual([])
  })

  test('an operator that has just started writes nothing either', async () => {
    const restarted = await startOperator(server.kubeconfig, specs)
    restarted.sent.clear()
    for (const desired of samples) expect((await apply(desired, restarted)).kind).toBe('unchanged')
    expect(restarted.sent.all.filter((line) => !line.startsWith('WATCH'))).toEqual([])
    await restarted.close()
  })

  test('a field that is not sent any more is removed, also by an operator that has just started', async () => {
    const before = deployment('pruned')
    await apply(before)
    const spec = { ...before.spec!, replicas: undefined }
    const container = spec.template.spec!.containers[0]!
    const slim = { ...container, args: undefined, env: container.env!.slice(0, 1), ports: container.ports!.slice(1) }
    const template = { ...spec.template, spec: { ...spec.template.spec!, containers: [slim] } }
    const after: KubeObject = { ...before, ...{ spec: { ...spec, template } } }
    const restarted = await startOperator(server.kubeconfig, specs)
    expect((await apply(after, restarted)).kind).toBe('updated')
    const [pruned] = ((await live(after)) as Deployment).spec!.template.spec!.containers
    expect([pruned?.args, pruned?.env?.map(({ name }) => name), pruned?.ports?.map(({ name }) => name)]).toEqual([
      undefined,
      ['SERVICE'],
      ['dht-tcp', 'status'],
    ])
    expect((await apply(after, restarted)).kind).toBe('unchanged')
    await restarted.close()
  })

  test.each<[string, KubeObject, object]>([
    ['a number', deployment('d'), { spec: { replicas: 3 } }],
    [
      'a part of a container',
      deployment('d'),
      { spec: { template: { spec: { containers: [{ name: 'worker', image: 'evil:1' }] } } } },
    ],
    ['a label', service, { metadata: { labels: { 'mdk.io/site': 'other' } } }],
    ['a rule in a list that is owned as a whole', networkPolicy, { spec: { ingress: [] } }],
    [
      'an addition to such a list',
      networkPolicy,
      {
        spec: { ingress: [{ ports: [{ protocol: 'UDP', port: 49737 }, { port: 8080 }], from: [{ podSelector: {} }] }] },
      },
    ],
    ['the data of a ConfigMap', configMap, { data: { 'roster.json': '{}' } }],
    ['a removed key', configMap, { data: { 'roster.json': null } }],
  ])('%s that somebody changed is put back', async (_, desired, change) => {
    const before = comparable(await live(desired))
    await operator.transport.request({
      method: 'PATCH',
      path: objectPath(refOf(desired)),
      query: { fieldManager: 'kubectl-edit' },
      contentType: 'application/strategic-merge-patch+json',
      body: change,
    })
    await vi.waitFor(async () => expect((await apply(desired)).kind).toBe('updated'), 20_000)
    expect(comparable(await live(desired))).toEqual(before)
    expect((await apply(desired)).kind).toBe('unchanged')
  })

  test('what others add is left alone', async () => {
    await meddle(configMap, { metadata: { annotations: { 'example.com/note': 'mine' } }, data: { extra: 'theirs' } })
    expect((await apply(configMap)).kind).toBe('unchanged')
    expect(await live(configMap)).toMatchObject({ data: { extra: 'theirs' } })
  })

  test('an object of that name that is not ours is not touched', async () => {
    const theirs = { ...configMap, metadata: { name: 'theirs', namespace }, data: { a: 'b' } }
    await operator.transport.request({ method: 'POST', path: collectionPath('ConfigMap', namespace), body: theirs })
    const wanted = { ...configMap, metadata: meta('theirs') }
    expect((await apply(wanted)).kind).toBe('taken')
    expect(await live(wanted)).toMatchObject({ data: { a: 'b' } })
  })

  test('a Secret that carries the label of the site is adopted', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'kept', namespace, labels: { 'mdk.io/site': 'site' } },
    }
    await operator.transport.request({ method: 'POST', path: collectionPath('Secret', namespace), body: secret })
    expect((await apply({ ...secret, metadata: meta('kept') })).kind).toBe('updated')
    expect((await live(secret)).metadata.ownerReferences).toHaveLength(1)
  })

  test('an object that is being deleted is left to go', async () => {
    const body = { ...configMap, metadata: { ...meta('going'), finalizers: ['example.com/hold'] } }
    await operator.transport.request({ method: 'POST', path: collectionPath('ConfigMap', namespace), body })
    await operator.transport.request({ method: 'DELETE', path: objectPath(refOf(body)) })
    await vi.waitFor(
      async () => expect((await apply({ ...configMap, metadata: meta('going') })).kind).toBe('taken'),
      20_000,
    )
    await meddle(body, { metadata: { finalizers: null } }).catch(() => undefined)
  })

  test('what the API server refuses is an answer, not an exception', async () => {
    const wrong = {
      ...deployment('d'),
      ...{ spec: { ...deployment('d').spec, selector: { matchLabels: { a: 'b' } } } },
    }
    expect(await apply(wrong)).toMatchObject({ kind: 'refused', error: { kind: 'invalid', status: 422 } })
  })

  test('what somebody changed since it was decided on is left for another look', async () => {
    const stale = { ...configMap, metadata: { ...meta('roster'), resourceVersion: '1' } }
    expect(await apply(stale)).toEqual({ kind: 'changed' })
  })

  test('a write is seen by the next run, though the watch brings it later', async () => {
    for (let count = 0; count < 20; count++) {
      await apply({ ...configMap, metadata: meta('counter'), ...{ data: { count: String(count) } } })
      await operator.kube.settled('test', signal)
      expect(operator.caches.find('ConfigMap', namespace, 'counter')?.data).toEqual({ count: String(count) })
    }
  })
})

/** Without what every write changes. */
function comparable({ metadata, ...rest }: KubeObject) {
  return { ...rest, labels: metadata.labels, annotations: metadata.annotations, status: undefined }
}

describe('a Secret that is made once', () => {
  const secret = (value: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta('topic'),
    data: { topic: Buffer.from(value).toString('base64') },
  })

  test('of two that make it at once one wins, and its value stays', async () => {
    const other = await startOperator(server.kubeconfig, specs)
    const results = await Promise.all([
      operator.kube.writer('a', signal).createOnce(secret('one')),
      other.kube.writer('b', signal).createOnce(secret('two')),
    ])
    expect(results.map(({ kind }) => kind).sort()).toEqual(['created', 'exists'])
    const value = results[0].kind === 'created' ? 'one' : 'two'
    expect(await live(secret(''))).toMatchObject({ data: secret(value).data })
    await other.close()
  })

  test('a malformed one is refused', async () => {
    const wrong = { ...secret(''), metadata: meta('wrong'), data: { topic: 'not base64!' } }
    expect(await operator.kube.writer('a', signal).createOnce(wrong)).toMatchObject({ kind: 'refused' })
  })

  test('is not made when its owner is gone or another by now, which is asked once a run', async () => {
    const owned = (name: string) => ({ ...secret(''), metadata: meta(`owned-${name}`) })
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owner', namespace } }
    const request = { path: collectionPath('ConfigMap', namespace), body: configMap }
    const made = (await operator.transport.request({ method: 'POST', ...request })) as KubeObject
    const present = { ...configMap, metadata: made.metadata }
    operator.sent.clear()
    const writer = operator.kube.writer('owned', signal, present)
    expect(await writer.createOnce(owned('1'))).toMatchObject({ kind: 'created' })
    expect(await writer.createOnce(owned('2'))).toMatchObject({ kind: 'created' })
    expect(operator.sent.all.map((line) => line.split(' ')[0])).toEqual(['GET', 'POST', 'POST'])
    await operator.transport.request({ method: 'DELETE', path: objectPath(refOf(present)) })
    for (const owner of [present, { ...present, metadata: { ...present.metadata, name: 'never' } }]) {
      const late = operator.kube.writer('late', signal, owner)
      expect(await late.createOnce(owned('3'))).toEqual({ kind: 'ownerless' })
      expect(await late.apply(owned('4'), ours)).toEqual({ kind: 'ownerless' })
      expect(await late.apply(owned('1'), ours)).not.toEqual({ kind: 'ownerless' })
    }
    await operator.transport.request({ method: 'POST', ...request })
    const other = operator.kube.writer('other', signal, present)
    expect(await other.createOnce(owned('3'))).toEqual({ kind: 'ownerless' })
  })
})

describe('removing', () => {
  const make = async (name: string) => {
    const result = await apply({ ...configMap, metadata: meta(name) })
    return result.kind === 'created' ? result.object : expect.fail(result.kind)
  }

  test('removes exactly what was seen, and the next run does not see it any more', async () => {
    const seen = await make('removed')
    const writer = operator.kube.writer('test', signal)
    expect(await writer.remove(seen)).toEqual({ kind: 'removed' })
    await operator.kube.settled('test', signal)
    expect(operator.caches.find('ConfigMap', namespace, 'removed')).toBeNull()
    expect(await writer.remove(seen)).toEqual({ kind: 'absent' })
  })

  test('leaves alone what has changed since, or was made anew', async () => {
    const seen = await make('changed')
    await meddle(seen, { data: { more: 'x' } })
    const writer = operator.kube.writer('test', signal)
    expect(await writer.remove(seen)).toEqual({ kind: 'changed' })
    const now = await live(seen)
    await writer.remove(now)
    await operator.kube.settled('test', signal)
    await make('changed')
    expect(await writer.remove(now)).toEqual({ kind: 'changed' })
  })
})

describe('annotating a pod', () => {
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'pod', namespace, labels: { 'mdk.io/site': 'site' } },
    spec: { containers: [{ name: 'main', image: 'runtime:1' }], automountServiceAccountToken: false },
  }

  test('sets the annotation of that pod, and of no other under its name', async () => {
    const path = collectionPath('Pod', namespace)
    const pod = (await operator.transport.request({ method: 'POST', path, body })) as Pod
    const writer = operator.kube.writer('test', signal)
    expect(await writer.annotatePod(pod, { 'mdk.io/refresh': '1' })).toEqual({ kind: 'written' })
    expect((await live(pod)).metadata.annotations).toEqual({ 'mdk.io/refresh': '1' })
    await operator.transport.request({
      method: 'DELETE',
      path: objectPath(refOf(pod)),
      query: { gracePeriodSeconds: '0' },
    })
    expect(await writer.annotatePod(pod, { 'mdk.io/refresh': '2' })).toEqual({ kind: 'absent' })
    await operator.transport.request({ method: 'POST', path, body })
    expect(await writer.annotatePod(pod, { 'mdk.io/refresh': '3' })).toEqual({ kind: 'absent' })
  })
})
