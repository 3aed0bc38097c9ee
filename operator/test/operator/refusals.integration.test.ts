import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { contentHash, keyPairOfSeed, parseDiscovery } from '../../../runtime/src/contract/index.ts'
import { annotations } from '../../src/api/group.ts'
import { secretText } from '../../src/resources/secret.ts'
import { rack, secret, site, worker } from './declarations.ts'
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
/** Takes away what a test has made for the whole cluster. */
async function uninstall(): Promise<void> {
  for (const path of made.splice(0)) await lab.admin.request({ method: 'DELETE', path })
}
afterEach(uninstall)

const inNamespace = () => ({ matchLabels: { 'kubernetes.io/metadata.name': space.name } })

interface Denial {
  readonly apiGroups: readonly string[]
  readonly operations: readonly ('CREATE' | 'UPDATE')[]
  readonly resources: readonly string[]
  /** What must hold of an object, in CEL. */
  readonly expression: string
  readonly message: string
}

/** Makes a policy of the cluster that holds in the test's namespace. */
async function deny({ expression, message, ...rule }: Denial): Promise<void> {
  const { name } = space
  const resourceRules = [{ ...rule, apiVersions: ['v1'] }]
  await install(`${admission}/validatingadmissionpolicies`, {
    metadata: { name },
    ...{ spec: { matchConstraints: { resourceRules }, validations: [{ expression, message }] } },
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
}

/** A policy that denies an image; resolves when it holds. */
async function denyImage(image: string): Promise<void> {
  const expression = `object.spec.template.spec.containers.all(c, c.image != '${image}')`
  await deny({
    apiGroups: ['apps'],
    operations: ['CREATE', 'UPDATE'],
    resources: ['*'],
    expression,
    message: 'not that image',
  })
  const probe = { spec: { template: { spec: { containers: [{ name: 'ork', image }] } } } }
  await vi.waitFor(async () => {
    await expect(space.try('Deployment', 's-ork', probe)).rejects.toThrow('not that image')
  }, slow)
}

/** A policy that lets nobody change a Secret; resolves when it holds. */
async function freezeSecret(name: string): Promise<void> {
  const expression = `object.metadata.name != '${name}'`
  await deny({ apiGroups: [''], operations: ['UPDATE'], resources: ['secrets'], expression, message: 'frozen' })
  await vi.waitFor(async () => {
    await expect(space.try('Secret', name, { metadata: { labels: { probe: 'x' } } })).rejects.toThrow('frozen')
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

/** The mark of the key that a Deployment's pods read at start. */
async function keyMarkOf(deployment: string): Promise<string | undefined> {
  const { spec } = (await space.get('Deployment', deployment)) ?? {}
  return spec?.template.metadata?.annotations?.[annotations.configHash]
}

/** The mark of the key that ORK runs under, and the key that App Node is told to dial. */
async function orkKeysInUse(): Promise<unknown[]> {
  const text = (await space.get('ConfigMap', 's-discovery'))?.data?.['discovery.json'] ?? ''
  const discovery = parseDiscovery(text)
  return [await keyMarkOf('s-ork'), discovery.kind === 'ok' ? discovery.value.orkPublicKey : null]
}

test("a copy of ORK's key that is denied moves nothing, and ORK restarts when the copy was made", async () => {
  const [before, after] = [keyPairOfSeed('a1'.repeat(32)), keyPairOfSeed('a2'.repeat(32))]
  const declared = site('s', { ork: { keySecretRef: { name: 'corp-key' } } })
  await space.apply(secret('corp-key', { seed: before.seed }), declared)
  await untilReady(space, pods, 's')
  await freezeSecret('s-ork-key')
  await space.apply(secret('corp-key', { seed: after.seed }))
  const refused = await untilReason(space, ['MdkSite', 's', 'IdentityReady'], 'SecretRefused')
  expect(refused.message).toContain('Secret s-ork-key was refused')
  expect(await orkKeysInUse()).toEqual([contentHash(before.publicKey), before.publicKey])
  expect((await space.siteStatus('s')).ork?.publicKey).toBe(before.publicKey)
  await uninstall()
  await vi.waitFor(async () => {
    expect(await orkKeysInUse()).toEqual([contentHash(after.publicKey), after.publicKey])
  }, slow)
  expect(secretText((await space.get('Secret', 's-ork-key')) ?? {}, 'seed')).toBe(after.seed)
  await untilReason(space, ['MdkSite', 's', 'IdentityReady'], 'InUse')
  expect((await space.siteStatus('s')).ork?.publicKey).toBe(after.publicKey)
})

test("a worker's key that is denied restarts the worker when it was made, and not at each attempt", async () => {
  await space.apply(
    site('s'),
    rack('r', 's', { driver: 'simulated', devices: [{ name: 'm' }] }),
    worker('w', 's', { driver: 'simulated' }),
  )
  await untilReady(space, pods, 's')
  const before = await keyMarkOf('w-r')
  // Who spoils it is let through, and the operator that mends it isn't.
  await operator.close()
  await space.patch('Secret', 'w-r-key', { data: { seed: 'eA==' } })
  await freezeSecret('w-r-key')
  operator = await lab.startOperator()
  await untilReason(space, ['MdkWorker', 'w', 'ShardsReady'], 'ShardsNotReady')
  expect(await keyMarkOf('w-r')).toBe(before)
  await uninstall()
  await vi.waitFor(async () => {
    const publicKey = secretText((await space.get('Secret', 'w-r-key')) ?? {}, 'publicKey') ?? ''
    expect(await keyMarkOf('w-r')).not.toBe(before)
    expect(await keyMarkOf('w-r')).toBe(contentHash(publicKey))
  }, slow)
})
