import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { rack, site, worker } from './declarations.ts'
import { type Lab, type Space, startLab } from './lab.ts'
import { conditionOf, readyOf, untilReady, untilReason } from './ready.ts'
import type { RunningOperator } from './running-operator.ts'
import { type StandInPods, standInPods } from './stand-in-pods.ts'

let lab: Lab
let operator: RunningOperator
let space: Space
let pods: StandInPods

beforeAll(async () => {
  lab = await startLab()
  operator = await lab.startOperator()
})
afterAll(async () => {
  await operator.close()
  await lab.close()
})
beforeEach(async () => {
  space = await lab.namespace()
  pods = standInPods(space, lab.orks, 's')
})

const slow = { timeout: 30_000, interval: 100 }

const admission = '/apis/admissionregistration.k8s.io/v1'
const made: string[] = []

/** Makes an object that holds for the whole cluster; it goes after the test. */
async function install(collection: string, object: { readonly metadata: { readonly name: string } }): Promise<void> {
  await lab.admin.request({ method: 'POST', path: collection, body: object })
  made.push(`${collection}/${object.metadata.name}`)
}
afterEach(async () => {
  for (const path of made.splice(0)) await lab.admin.request({ method: 'DELETE', path })
})

const inNamespace = () => ({ matchLabels: { 'kubernetes.io/metadata.name': space.name } })

/** A policy of the cluster that denies an image; resolves when it holds. */
async function denyImage(image: string): Promise<void> {
  const { name } = space
  const rules = [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['*'] }]
  const expression = `object.spec.template.spec.containers.all(c, c.image != '${image}')`
  await install(`${admission}/validatingadmissionpolicies`, {
    metadata: { name },
    ...{
      spec: { matchConstraints: { resourceRules: rules }, validations: [{ expression, message: 'not that image' }] },
    },
  })
  await install(`${admission}/validatingadmissionpolicybindings`, {
    metadata: { name },
    ...{
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: inNamespace() },
      },
    },
  })
  const probe = { spec: { template: { spec: { containers: [{ name: 'ork', image }] } } } }
  await vi.waitFor(async () => {
    await expect(space.try('Deployment', 's-ork', probe)).rejects.toThrow('not that image')
  }, slow)
}

/** A webhook that is away; resolves when the API server asks it. */
async function breakWebhook(resource: string, probe: () => Promise<unknown>): Promise<void> {
  const rule = { apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: [resource] }
  await install(`${admission}/validatingwebhookconfigurations`, {
    metadata: { name: space.name },
    ...{
      webhooks: [
        {
          name: 'away.example.com',
          clientConfig: { url: 'https://127.0.0.1:1/' },
          rules: [rule],
          namespaceSelector: inNamespace(),
          failurePolicy: 'Fail',
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    },
  })
  await vi.waitFor(async () => expect(probe()).rejects.toThrow('failed calling webhook'), slow)
}

test('an image that the cluster denies makes the site not Ready, though the pods of before serve', async () => {
  await space.apply(site('s'))
  await untilReady(space, pods, 's')
  await denyImage('runtime:next')
  await operator.close()
  operator = await lab.startOperator('runtime:next')
  for (const type of ['OrkAvailable', 'AppNodeAvailable']) {
    expect((await untilReason(space, ['MdkSite', 's', type], 'PodNotReady')).message).toContain('not that image')
  }
  expect(await readyOf(space, 'MdkSite', 's')).toMatchObject({ status: 'False', reason: 'NoQuorum' })
  const notes = await vi.waitFor(async () => {
    const events = await space.events('WriteRefused')
    expect(events).not.toEqual([])
    return events
  }, slow)
  expect(notes).toHaveLength(1)
  expect(notes[0]).toContain('StatefulSet s-dht was refused')
  expect(notes[0]).toContain('2 more as well')
  await operator.close()
  operator = await lab.startOperator()
})

test('a volume that the cluster will not enlarge is told, and ORK is brought up to date all the same', async () => {
  await space.apply(site('s'))
  await untilReady(space, pods, 's')
  await space.patchStatus('PersistentVolumeClaim', 's-ork', { phase: 'Bound' })
  await space.apply(site('s', { ork: { storage: { size: '2Gi' } } }))
  const told = await untilReason(space, ['MdkSite', 's', 'OrkAvailable'], 'PodNotReady')
  expect(told.message).toContain('PersistentVolumeClaim s-ork was refused')
  await space.patch('Deployment', 's-ork', { spec: { replicas: 0 } })
  await vi.waitFor(async () => expect((await space.get('Deployment', 's-ork'))?.spec?.replicas).toBe(1), slow)
})

test('a volume whose class lets it grow is enlarged, and nothing restarts', async () => {
  const name = `growing-${space.name}`
  await install('/apis/storage.k8s.io/v1/storageclasses', {
    metadata: { name },
    ...{ provisioner: 'example.com/none', allowVolumeExpansion: true },
  })
  const storage = (size: string) => site('s', { ork: { storage: { size, storageClassName: name } } })
  await space.apply(storage('1Gi'))
  await untilReady(space, pods, 's')
  await space.patchStatus('PersistentVolumeClaim', 's-ork', { phase: 'Bound', capacity: { storage: '1Gi' } })
  const { generation } = (await space.get('Deployment', 's-ork'))!.metadata
  await space.apply(storage('2Gi'))
  await vi.waitFor(async () => {
    const claim = await space.get('PersistentVolumeClaim', 's-ork')
    expect(claim?.spec?.resources?.requests?.['storage']).toBe('2Gi')
  }, slow)
  await vi.waitFor(async () => {
    expect(await readyOf(space, 'MdkSite', 's')).toMatchObject({ status: 'True', observedGeneration: 2 })
  }, slow)
  expect((await space.get('Deployment', 's-ork'))?.metadata.generation).toBe(generation)
})

test('a webhook that is away keeps one write back, and no word about the other shards', async () => {
  const devices = (...names: readonly string[]) => ({ driver: 'simulated', devices: names.map((name) => ({ name })) })
  await space.apply(
    site('s'),
    rack('r1', 's', devices('m')),
    rack('r2', 's', devices('m')),
    worker('w', 's', { driver: 'simulated' }),
  )
  await untilReady(space, pods, 's')
  await breakWebhook('secrets', () => space.try('Secret', 'w-r2-devices', { metadata: { labels: { probe: 'x' } } }))
  await space.apply(rack('r1', 's', devices('m', 'n')))
  const failed = await untilReason(space, ['MdkWorker', 'w', 'ShardsReady'], 'ShardsNotReady')
  expect(failed.message).toContain('Secret w-r1-devices could not be written')
  await space.patchStatus('Deployment', 'w-r2', { readyReplicas: 0, availableReplicas: 0 })
  await vi.waitFor(async () => {
    expect((await conditionOf(space, 'MdkWorker', 'w', 'ShardsReady'))?.message).toContain('r2 (PodNotReady)')
  }, slow)
})
