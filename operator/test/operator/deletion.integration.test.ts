import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { adoptableBy, rack, site, worker } from './declarations.ts'
import { type Lab, type Space, startLab } from './lab.ts'
import { untilReady, untilReason } from './ready.ts'
import type { RunningOperator } from './running-operator.ts'
import { standInPods } from './stand-in-pods.ts'

let lab: Lab
let operator: RunningOperator

beforeAll(async () => {
  lab = await startLab()
  operator = await lab.startOperator()
})
afterAll(async () => {
  await operator.close()
  await lab.close()
})

type Policy = 'RetainIdentity' | 'RetainAll' | 'Delete'

const declared = (policy: Policy) => [
  site('s', { deletionPolicy: policy }),
  rack('r', 's', { driver: 'simulated', devices: [{ name: 'm' }] }),
  worker('w', 's', { driver: 'simulated' }),
]

/** Everything that was made for the site, by kind and name. */
async function remains(space: Space): Promise<string[]> {
  const kinds = ['Secret', 'ConfigMap', 'Service', 'Deployment', 'StatefulSet'] as const
  const others = ['PersistentVolumeClaim', 'PodDisruptionBudget', 'NetworkPolicy'] as const
  const lists = await Promise.all([...kinds, ...others].map((kind) => space.list(kind)))
  return lists
    .flat()
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .filter((name) => name !== 'ConfigMap kube-root-ca.crt')
    .sort()
}

const identity = ['Secret s-app-node-key', 'Secret s-ork-key', 'Secret s-topic']
const ofWorker = ['Secret w-r-devices', 'Secret w-r-key']

describe('deleting a site', () => {
  test.each([
    ['RetainIdentity', identity],
    ['RetainAll', ['PersistentVolumeClaim s-ork', ...identity]],
    ['Delete', []],
  ] as const)('with %s leaves %j, beside what its workers keep for its return', async (policy, retained) => {
    const space = await lab.namespace()
    await space.apply(...declared(policy))
    await untilReady(space, standInPods(space, lab.orks, 's'), 's')
    await space.remove('MdkSite', 's')
    await vi.waitFor(async () => expect(await remains(space)).toEqual([...retained, ...ofWorker].sort()), {
      timeout: 30_000,
      interval: 200,
    })
    await untilReason(space, ['MdkWorker', 'w', 'Ready'], 'WaitingForSite')
    await untilReason(space, ['MdkRack', 'r', 'Ready'], 'WaitingForSite')
  })

  test('and making it again takes its identity up, and its workers keep their keys', async () => {
    const space = await lab.namespace()
    await space.apply(...declared('RetainIdentity'))
    await untilReady(space, standInPods(space, lab.orks, 's'), 's')
    const before = await space.siteStatus('s')
    const workerKey = (await space.get('Secret', 'w-r-key'))?.data
    await space.remove('MdkSite', 's')
    await vi.waitFor(async () => expect(await remains(space)).toEqual([...identity, ...ofWorker].sort()), 30_000)
    // Kubernetes counts an object's age in whole seconds, and these are to be older than their site.
    const born = (await space.get('Secret', 's-topic'))?.metadata.creationTimestamp ?? ''
    await vi.waitUntil(() => Date.now() > Date.parse(born) + 1_000, 20_000)
    await space.apply(site('s'))
    await untilReady(space, standInPods(space, lab.orks, 's'), 's')
    const after = await space.siteStatus('s')
    expect([after.ork, after.appNode, after.discovery]).toEqual([before.ork, before.appNode, before.discovery])
    expect((await space.get('Secret', 'w-r-key'))?.data).toEqual(workerKey)
    await vi.waitFor(async () => expect(await space.events('IdentityReused')).toHaveLength(3), 10_000)
  })

  test('at once after it was made again leaves nothing in the way of the new one', async () => {
    const space = await lab.namespace()
    await space.apply(...declared('Delete'))
    await untilReady(space, standInPods(space, lab.orks, 's'), 's')
    await space.remove('MdkSite', 's')
    await space.apply(site('s', { deletionPolicy: 'Delete' }))
    await untilReady(space, standInPods(space, lab.orks, 's'), 's')
    const { uid } = (await space.get('MdkSite', 's'))!.metadata
    for (const { metadata } of await space.list('Service')) expect(metadata.ownerReferences?.[0]?.uid).toBe(uid)
  })
})

describe('a volume that was there before its site', () => {
  const space = async () => {
    const made = await lab.namespace()
    return { made, pods: standInPods(made, lab.orks, 's') }
  }

  test('is kept with its class by a site that is made again without one', async () => {
    const { made, pods } = await space()
    await made.apply(site('s', { deletionPolicy: 'RetainAll', ork: { storage: { storageClassName: 'fast' } } }))
    await untilReady(made, pods, 's')
    await made.remove('MdkSite', 's')
    await vi.waitFor(async () => expect(await made.list('Deployment')).toEqual([]), 30_000)
    await made.apply(site('s'))
    await untilReady(made, pods, 's')
    const claim = await made.get('PersistentVolumeClaim', 's-ork')
    expect(claim?.spec?.storageClassName).toBe('fast')
    expect(claim?.metadata.ownerReferences).toMatchObject([{ name: 's', controller: true }])
  })

  test('is adopted with its access modes, and beside another controller without an owner of ours', async () => {
    const { made, pods } = await space()
    const holder = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'holder' } }
    await made.apply(holder)
    const { uid } = (await made.get('ConfigMap', 'holder'))!.metadata
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'holder', uid, controller: true }
    await made.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 's-ork', labels: adoptableBy('s'), ownerReferences: [reference] },
      spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '2Gi' } } },
    })
    await made.apply(site('s'))
    await untilReady(made, pods, 's')
    const claim = await made.get('PersistentVolumeClaim', 's-ork')
    expect(claim?.spec?.accessModes).toEqual(['ReadWriteMany'])
    expect(claim?.metadata.ownerReferences).toMatchObject([{ name: 'holder' }])
    expect(claim?.metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'mdk-operator' })
  })
})

describe('deleting a worker or its last device', () => {
  test('takes the shard with its key and device list along', async () => {
    const space = await lab.namespace()
    await space.apply(...declared('Delete'))
    const pods = standInPods(space, lab.orks, 's')
    await untilReady(space, pods, 's')
    await space.apply(rack('r', 's', { driver: 'simulated', devices: [] }))
    const ofShard = async () => (await remains(space)).filter((name) => / w-r/.test(name))
    await vi.waitFor(async () => expect(await ofShard()).toEqual([]), 30_000)
    await space.apply(rack('r', 's', { driver: 'simulated', devices: [{ name: 'm' }] }))
    await vi.waitFor(async () => expect(await ofShard()).toHaveLength(3), 30_000)
    await space.remove('MdkWorker', 'w')
    await vi.waitFor(async () => expect(await ofShard()).toEqual([]), 30_000)
  })
})

describe('a change of deletionPolicy', () => {
  test('gives the identity an owner and takes it away again', async () => {
    const space = await lab.namespace()
    const owners = async () =>
      (await Promise.all(['s-topic', 's-ork-key', 's-app-node-key'].map((name) => space.get('Secret', name)))).map(
        (secret) => secret?.metadata.ownerReferences?.length ?? 0,
      )
    await space.apply(site('s', { deletionPolicy: 'Delete' }))
    await vi.waitFor(async () => expect(await owners()).toEqual([1, 1, 1]), 20_000)
    const topic = (await space.get('Secret', 's-topic'))?.data
    await space.apply(site('s', { deletionPolicy: 'RetainAll' }))
    await vi.waitFor(async () => expect(await owners()).toEqual([0, 0, 0]), 20_000)
    expect((await space.get('PersistentVolumeClaim', 's-ork'))?.metadata.ownerReferences).toBeUndefined()
    expect((await space.get('Secret', 's-topic'))?.data).toEqual(topic)
  })

  test('counts while a deleted site is held back by a finalizer, and nothing of it is made again', async () => {
    const space = await lab.namespace()
    const retained = ['PersistentVolumeClaim s-ork', ...identity]
    await space.apply(site('s', { deletionPolicy: 'Delete' }))
    await untilReady(space, standInPods(space, lab.orks, 's'), 's')
    await space.patch('MdkSite', 's', { metadata: { finalizers: ['example.com/held'] } })
    await space.remove('MdkSite', 's')
    await space.remove('Service', 's-ork')
    await space.patch('MdkSite', 's', { spec: { deletionPolicy: 'RetainAll' } })
    const ownerless = async () => {
      const children = await Promise.all([space.list('Secret'), space.list('PersistentVolumeClaim')])
      const free = children.flat().filter(({ metadata }) => metadata.ownerReferences === undefined)
      return free.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()
    }
    await vi.waitFor(async () => expect(await ownerless()).toEqual(retained), 20_000)
    expect(await remains(space)).not.toContain('Service s-ork')
    await space.patch('MdkSite', 's', { metadata: { finalizers: null } })
    await vi.waitFor(async () => expect(await remains(space)).toEqual(retained), 30_000)
  })
})

describe('deleting a namespace', () => {
  test('never hangs, with the operator running', async () => {
    const space = await lab.namespace()
    await space.apply(...declared('RetainIdentity'))
    await untilReady(space, standInPods(space, lab.orks, 's'), 's')
    await space.dissolve()
  })

  test('never hangs, with the operator stopped', async () => {
    const space = await lab.namespace()
    await space.apply(...declared('RetainIdentity'))
    await untilReady(space, standInPods(space, lab.orks, 's'), 's')
    await operator.close()
    await space.dissolve()
    operator = await lab.startOperator()
  })
})
