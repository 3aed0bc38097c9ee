import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { keyPairOfSeed, parseDiscovery, topicHash } from '../../../runtime/src/contract/index.ts'
import { annotations } from '../../src/api/group.ts'
import { secretText } from '../../src/resources/secret.ts'
import { adoptableBy, secret, site } from './declarations.ts'
import { type Lab, type Space, startLab } from './lab.ts'
import { readyOf, untilReady, untilReason } from './ready.ts'
import type { RunningOperator } from './running-operator.ts'
import { standInPods } from './stand-in-pods.ts'

let lab: Lab
let operator: RunningOperator
let space: Space

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
})

let seeds = 0
/** A pair that no other test has, since two sites with one key are refused. */
function newPair() {
  seeds += 1
  return keyPairOfSeed(seeds.toString(16).padStart(64, '0'))
}

const slow = { timeout: 30_000, interval: 100 }
const identityOf = (name: string): ['MdkSite', string, string] => ['MdkSite', name, 'IdentityReady']
const withKey = (name: string) => site('s', { ork: { keySecretRef: { name } } })

async function untilInUse(): Promise<void> {
  await untilReason(space, identityOf('s'), 'InUse')
}

async function textOf(name: string, key: string): Promise<string | undefined> {
  return secretText((await space.get('Secret', name)) ?? {}, key)
}

describe('a supplied key that is of no use', () => {
  const { seed, publicKey, secretKey } = keyPairOfSeed('ff'.repeat(32))
  test.each([
    ['a public key alone', { publicKey }, 'KeyIncomplete', 'publicKey alone'],
    ['a secret key alone', { secretKey }, 'KeyIncomplete', 'secretKey alone'],
    ['a pair that does not match', { seed, publicKey: '11'.repeat(32) }, 'KeyMismatch', 'do not belong together'],
    ['a seed in capitals', { seed: seed.toUpperCase() }, 'KeyMalformed', "key 'seed'"],
  ] as const)('%s stalls the site with reason and remedy, and shows no secret', async (_, keys, reason, says) => {
    await space.apply(secret('corp-key', keys), withKey('corp-key'))
    const condition = await untilReason(space, identityOf('s'), reason)
    expect(condition.message).toContain('Secret corp-key')
    expect(condition.message).toContain(says)
    expect(condition.message.toLowerCase()).not.toContain(seed)
    expect(await readyOf(space, 'MdkSite', 's')).toMatchObject({ status: 'False', reason })
    const conditions = (await space.siteStatus('s')).conditions ?? []
    expect(conditions.find(({ type }) => type === 'Stalled')).toMatchObject({ status: 'True', reason })
    expect(conditions.find(({ type }) => type === 'Reconciling')).toBeUndefined()
  })

  test('what needs no key is made all the same, and ORK is not', async () => {
    await space.apply(secret('corp-key', { publicKey }), withKey('corp-key'))
    await untilReason(space, identityOf('s'), 'KeyIncomplete')
    await vi.waitFor(async () => {
      expect((await space.list('Deployment')).map(({ metadata }) => metadata.name)).toEqual(['s-app-node'])
      expect((await space.list('StatefulSet')).map(({ metadata }) => metadata.name)).toEqual(['s-dht'])
    }, slow)
    expect(await space.get('Secret', 's-ork-key')).toBeNull()
  })
})

describe('other Secrets', () => {
  test('a malformed topic stalls the site', async () => {
    await space.apply(secret('t', { topic: 'short' }), site('s', { discovery: { topicSecretRef: { name: 't' } } }))
    expect((await untilReason(space, identityOf('s'), 'TopicMalformed')).message).toContain('Secret t')
  })

  test('an empty token stalls the site', async () => {
    const tokens = secret('tokens', { read: 'r'.repeat(20), command: '' })
    await space.apply(tokens, site('s', { appNode: { tokensSecretRef: { name: 'tokens' } } }))
    expect((await untilReason(space, identityOf('s'), 'TokensMalformed')).message).toContain("key 'command'")
  })

  test('a Secret that has the name and not the label stalls the site and is not touched', async () => {
    await space.apply(secret('s-topic', { topic: 'ab'.repeat(32) }), site('s'))
    expect((await untilReason(space, identityOf('s'), 'NameTaken')).message).toContain('mdk.io/site=s')
    expect((await space.get('Secret', 's-topic'))?.metadata.labels).toBeUndefined()
  })

  test('any other object that has a name stalls the site and is not touched', async () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 's-roster' }, data: { mine: 'yes' } }
    await space.apply(map, site('s'))
    expect((await untilReason(space, identityOf('s'), 'NameTaken')).message).toContain('ConfigMap s-roster')
    expect((await space.get('ConfigMap', 's-roster'))?.data).toEqual({ mine: 'yes' })
  })

  test('a token Secret that is deleted is made again with other tokens', async () => {
    await space.apply(site('s'))
    await untilInUse()
    const before = await textOf('s-app-node-tokens', 'command')
    await space.remove('Secret', 's-app-node-tokens')
    await vi.waitFor(async () => {
      const after = await textOf('s-app-node-tokens', 'command')
      expect(after).toMatch(/^[\w-]{43}$/)
      expect(after).not.toBe(before)
    }, slow)
  })
})

describe('a supplied key that is good', () => {
  test('is waited for, then copied and used', async () => {
    const pair = newPair()
    await space.apply(withKey('corp-key'))
    expect((await untilReason(space, identityOf('s'), 'SecretNotFound')).message).toContain('Secret corp-key')
    expect((await space.siteStatus('s')).conditions).toContainEqual(
      expect.objectContaining({ type: 'Reconciling', status: 'True', reason: 'SecretNotFound' }),
    )
    await space.apply(secret('corp-key', { seed: `${pair.seed}\n` }))
    await untilInUse()
    expect((await space.siteStatus('s')).ork?.publicKey).toBe(pair.publicKey)
    expect(await textOf('s-ork-key', 'secretKey')).toBe(pair.secretKey)
    const source = await space.get('Secret', 'corp-key')
    expect([source?.metadata.labels, source?.metadata.ownerReferences]).toEqual([undefined, undefined])
    const text = (await space.get('ConfigMap', 's-discovery'))?.data?.['discovery.json'] ?? ''
    expect(parseDiscovery(text)).toMatchObject({ value: { orkPublicKey: pair.publicKey } })
  })

  test('stays in use when its source is spoilt or lost, and the operator keeps it when the reference is dropped', async () => {
    const pair = newPair()
    await space.apply(secret('corp-key', { seed: pair.seed }), withKey('corp-key'))
    await untilInUse()
    const deployment = await vi.waitFor(async () => (await space.get('Deployment', 's-ork'))!, slow)

    await space.apply(secret('corp-key', { seed: 'spoilt' }))
    expect((await untilReason(space, identityOf('s'), 'KeyMalformed')).message).toContain('stays in use')
    await space.remove('Secret', 'corp-key')
    expect((await untilReason(space, identityOf('s'), 'SecretLost')).message).toContain('drop the reference')
    expect(await textOf('s-ork-key', 'seed')).toBe(pair.seed)
    const { generation } = deployment.metadata
    expect((await space.get('Deployment', 's-ork'))?.metadata.generation).toBe(generation)

    await space.patch('MdkSite', 's', { spec: { ork: { keySecretRef: null } } })
    await untilInUse()
    expect((await space.siteStatus('s')).ork?.publicKey).toBe(pair.publicKey)
    expect((await space.get('Secret', 's-ork-key'))?.metadata.annotations).toBeUndefined()
  })

  test('that becomes another restarts ORK alone', async () => {
    const [first, second] = [newPair(), newPair()]
    await space.apply(secret('corp-key', { seed: first.seed }), withKey('corp-key'))
    const pods = standInPods(space, lab.orks, 's')
    await untilReady(space, pods, 's')
    const before = await space.list('Deployment')
    await space.apply(secret('corp-key', { seed: second.seed }))
    await vi.waitFor(async () => {
      expect((await space.siteStatus('s')).ork?.publicKey).toBe(second.publicKey)
    }, slow)
    await untilReady(space, pods, 's')
    const after = await space.list('Deployment')
    const restarted = after.filter(({ metadata }, at) => metadata.generation !== before[at]?.metadata.generation)
    expect(restarted.map(({ metadata }) => metadata.name)).toEqual(['s-ork'])
  })

  test('that another site has already is refused, and taken when that site is gone', async () => {
    const pair = newPair()
    const other = await lab.namespace()
    await other.apply(secret('corp-key', { seed: pair.seed }), withKey('corp-key'))
    await untilReason(other, identityOf('s'), 'InUse')
    await space.apply(secret('corp-key', { seed: pair.seed }), withKey('corp-key'))
    expect((await untilReason(space, identityOf('s'), 'KeyInUse')).message).toContain(`site ${other.name}/s`)
    expect(await space.get('Secret', 's-ork-key')).toBeNull()
    await other.remove('MdkSite', 's')
    await untilInUse()
  })
})

describe('an identity that existed', () => {
  test('and is gone stalls the site until it is put back', async () => {
    await space.apply(site('s'))
    await untilInUse()
    const seed = await textOf('s-ork-key', 'seed')
    const { publicKey } = keyPairOfSeed(seed!)
    await space.remove('Secret', 's-ork-key')
    const condition = await untilReason(space, identityOf('s'), 'SecretLost')
    expect(condition.message).toContain(`${annotations.giveUp}=${publicKey}`)
    expect(await space.get('Secret', 's-ork-key')).toBeNull()
    await space.apply(secret('s-ork-key', { seed: seed! }, adoptableBy('s')))
    await untilInUse()
    expect((await space.siteStatus('s')).ork?.publicKey).toBe(publicKey)
  })

  test('and is given up is made anew once, though the annotation stays', async () => {
    await space.apply(site('s'))
    await untilInUse()
    const lost = (await space.siteStatus('s')).discovery?.topicHash
    await space.remove('Secret', 's-topic')
    await untilReason(space, identityOf('s'), 'SecretLost')
    await space.patch('MdkSite', 's', { metadata: { annotations: { [annotations.giveUp]: lost } } })
    await untilInUse()
    const made = topicHash((await textOf('s-topic', 'topic'))!)
    await vi.waitFor(async () => {
      expect((await space.siteStatus('s')).discovery?.topicHash).toBe(made)
    }, slow)
    expect(made).not.toBe(lost)
    await space.remove('Secret', 's-topic')
    await untilReason(space, identityOf('s'), 'SecretLost')
  })

  test('and is adopted by its label is used as it is', async () => {
    const pair = newPair()
    const topic = 'cd'.repeat(32)
    await space.apply(
      secret('s-ork-key', { seed: pair.seed }, adoptableBy('s')),
      secret('s-topic', { topic: `${topic}\n` }, adoptableBy('s')),
      site('s'),
    )
    await untilInUse()
    const status = await space.siteStatus('s')
    expect(status.ork?.publicKey).toBe(pair.publicKey)
    expect(status.discovery?.topicHash).toBe(topicHash(topic))
    expect(await textOf('s-topic', 'topic')).toBe(`${topic}\n`)
  })
})
