// What people and programs do to the operator's objects while a site runs, and to the names that it needs.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { keyPairOfSeed } from '../../../runtime/src/contract/index.ts'
import { adoptableBy, rack, secret, site, worker } from './declarations.ts'
import { type Lab, type Space, startLab } from './lab.ts'
import { conditionOf, untilReason } from './ready.ts'
import type { RunningOperator } from './running-operator.ts'

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

const identity: ['MdkSite', string, string] = ['MdkSite', 's', 'IdentityReady']
const slow = { timeout: 30_000, interval: 100 }

async function startSite(...more: readonly object[]): Promise<Space> {
  const space = await lab.namespace()
  await space.apply(
    ...more,
    site('s'),
    rack('r', 's', { driver: 'simulated', devices: [{ name: 'm' }] }),
    worker('w', 's', { driver: 'simulated' }),
  )
  await untilReason(space, identity, 'InUse')
  await vi.waitFor(async () => expect(await generations(space)).toHaveLength(4), slow)
  return space
}

/** Name and generation of each workload: equal as long as no pod is made anew. */
async function generations(space: Space): Promise<readonly string[]> {
  const workloads = [...(await space.list('Deployment')), ...(await space.list('StatefulSet'))]
  return workloads.map(({ metadata }) => `${metadata.name} ${metadata.generation}`).sort()
}

describe.concurrent("a Secret of the operator's own that is deleted while the site runs", () => {
  test.each([
    ['s-topic', 'the topic'],
    ['s-ork-key', "ORK's key"],
    ['s-app-node-key', "App Node's key"],
  ])('is SecretLost if it is %s; nothing is restarted, and putting it back is enough', async (name, what) => {
    const space = await startSite()
    const before = await generations(space)
    const lost = (await space.get('Secret', name))!
    await space.remove('Secret', name)
    const { message } = await untilReason(space, identity, 'SecretLost')
    expect(message).toContain(`${what} (`)
    expect(message).toContain(`was in Secret ${name}, which is gone. Put the Secret back`)
    const { data } = lost
    await space.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name, labels: adoptableBy('s') }, data })
    await untilReason(space, identity, 'InUse')
    expect(await generations(space)).toEqual(before)
  })

  test.each(['s-app-node-tokens', 's-admin', 'w-r-key', 'w-r-devices'])('is made again if it is %s', async (name) => {
    const space = await startSite()
    const { uid } = (await space.get('Secret', name))!.metadata
    await space.remove('Secret', name)
    await vi.waitFor(async () => {
      const { metadata } = (await space.get('Secret', name))!
      expect(metadata.uid).not.toBe(uid)
    }, slow)
    await untilReason(space, identity, 'InUse')
  })
})

describe.concurrent('a file of the site that is edited by hand', () => {
  const garbage = ['', 'hello', '{"version":1', '{"version":2,"workers":[],"callers":[]}']
  test.each([
    ['ConfigMap', 's-roster', 'roster.json'],
    ['ConfigMap', 's-discovery', 'discovery.json'],
    ['Secret', 'w-r-devices', 'devices.json'],
  ] as const)('is put back: %s %s', async (kind, name, key) => {
    const space = await startSite()
    const before = await generations(space)
    const { data } = (await space.get(kind, name))!
    for (const text of garbage) {
      await space.patch(kind, name, kind === 'Secret' ? { stringData: { [key]: text } } : { data: { [key]: text } })
      await vi.waitFor(async () => expect((await space.get(kind, name))?.data).toEqual(data), slow)
    }
    await space.remove(kind, name)
    await vi.waitFor(async () => expect((await space.get(kind, name))?.data).toEqual(data), slow)
    expect(await generations(space)).toEqual(before)
  })

  test("is made anew if it is a worker's key, with an event that shows no part of it", async () => {
    const space = await startSite()
    const { data } = (await space.get('Secret', 'w-r-key'))!
    await space.patch('Secret', 'w-r-key', { stringData: { seed: 'not-a-seed-at-all' } })
    await vi.waitFor(async () => {
      const found = (await space.get('Secret', 'w-r-key'))?.data
      expect(found?.['publicKey']).not.toBe(data?.['publicKey'])
      expect(await space.events('KeyMalformed')).toHaveLength(1)
    }, slow)
    const [note] = await space.events('KeyMalformed')
    expect(note).toContain("Secret w-r-key can't be used as a key and was made again: key 'seed' must hold 64")
    expect(note).not.toContain('not-a-seed')
  })
})

describe.concurrent('a name that the site needs and somebody else has', () => {
  const spec = { ports: [{ port: 1 }] }
  const pods = { matchLabels: { app: 'x' } }
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'x', image: 'x' }] } }
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  const foreign = (apiVersion: string, kind: string, name: string, more: object) => ({
    object: { apiVersion, kind, metadata: { name }, ...more },
    kind,
    name,
  })
  const objects = [
    ...['s-topic', 's-ork-key', 's-app-node-key', 's-app-node-tokens', 's-admin'].map((name) =>
      foreign('v1', 'Secret', name, { stringData: { mine: 'yes' } }),
    ),
    ...['s-roster', 's-discovery'].map((name) => foreign('v1', 'ConfigMap', name, { data: { mine: 'yes' } })),
    ...['s-ork', 's-app-node', 's-dht', 's-peers'].map((name) => foreign('v1', 'Service', name, { spec })),
    foreign('v1', 'PersistentVolumeClaim', 's-ork', { spec: claim }),
    foreign('apps/v1', 'Deployment', 's-ork', { spec: { selector: pods, template } }),
    foreign('apps/v1', 'StatefulSet', 's-dht', { spec: { selector: pods, template } }),
    foreign('policy/v1', 'PodDisruptionBudget', 's-dht', { spec: { selector: pods } }),
    foreign('networking.k8s.io/v1', 'NetworkPolicy', 's-workers', { spec: { podSelector: pods } }),
  ]

  test.each(objects)('is NameTaken, and it is not touched: $kind $name', async ({ object, kind, name }) => {
    const space = await lab.namespace()
    await space.apply(object)
    const find = async () => (await space.list(kind as 'Secret')).find(({ metadata }) => metadata.name === name)
    const before = (await find())?.metadata
    await space.apply(site('s'))
    const { message } = await untilReason(space, identity, 'NameTaken')
    expect(message).toContain(`${kind} ${name} exists and doesn't belong to site s; rename or delete it`)
    expect((await find())?.metadata.resourceVersion).toBe(before?.resourceVersion)
    expect(await conditionOf(space, 'MdkSite', 's', 'Stalled')).toMatchObject({ reason: 'NameTaken' })
  })
})

describe.concurrent('an immutable Secret', () => {
  const [first, second] = [keyPairOfSeed('c1'.repeat(32)), keyPairOfSeed('c2'.repeat(32))]

  test('is as good as another to adopt, whatever its type', async () => {
    const own = {
      ...secret('s-ork-key', { seed: first.seed }, adoptableBy('s')),
      immutable: true,
      type: 'example.com/x',
    }
    const space = await startSite(own)
    expect((await space.siteStatus('s')).ork?.publicKey).toBe(first.publicKey)
  })

  test('is SecretImmutable as the copy of a source that changes: the old key stays, and deleting the copy mends it', async () => {
    const space = await lab.namespace()
    const withKey = site('s', { ork: { keySecretRef: { name: 'corp' } } })
    await space.apply(secret('corp', { seed: second.seed }), withKey)
    await untilReason(space, identity, 'InUse')
    await space.patch('Secret', 's-ork-key', { immutable: true })
    const third = keyPairOfSeed('c3'.repeat(32))
    await space.apply(secret('corp', { seed: third.seed }))
    const { message } = await untilReason(space, identity, 'SecretImmutable')
    expect(message).toContain('delete Secret s-ork-key, and it is made again from there')
    expect((await space.get('ConfigMap', 's-discovery'))?.data?.['discovery.json']).toContain(second.publicKey)
    expect((await space.siteStatus('s')).ork?.publicKey).toBe(second.publicKey)
    await space.remove('Secret', 's-ork-key')
    await untilReason(space, identity, 'InUse')
    await vi.waitFor(async () => expect((await space.siteStatus('s')).ork?.publicKey).toBe(third.publicKey), slow)
  })
})

describe('one key that two sites take in the same moment', () => {
  test('is used by one of them, and nothing is ever made of it for the other', async () => {
    const pairs = await Promise.all(
      ['d1', 'd2', 'd3', 'd4'].map(async (byte) => {
        const spaces = [await lab.namespace(), await lab.namespace()]
        const { seed } = keyPairOfSeed(byte.repeat(32))
        for (const space of spaces) await space.apply(secret('corp', { seed }))
        return spaces
      }),
    )
    const withKey = site('s', { ork: { keySecretRef: { name: 'corp' } } })
    await Promise.all(pairs.flat().map((space) => space.apply(withKey)))
    for (const spaces of pairs) {
      const reasons = async () =>
        Promise.all(spaces.map(async (space) => (await conditionOf(space, ...identity))?.reason ?? ''))
      await vi.waitFor(async () => expect((await reasons()).sort()).toEqual(['InUse', 'KeyInUse']), slow)
      const losers = (await reasons()).indexOf('KeyInUse')
      expect(await spaces[losers]!.get('Secret', 's-ork-key')).toBeNull()
      expect(await spaces[losers]!.get('Deployment', 's-ork')).toBeNull()
      expect(await spaces[losers]!.events('SecretCopied')).toEqual([])
    }
  })
})

test('none of this needed a right that the manifest does not give', async () => {
  expect(await operator.denied()).toBe(0)
})
