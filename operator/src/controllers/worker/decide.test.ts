import { describe, expect, test } from 'vitest'
import { deviceListRevision, formatDeviceList, keyPairOfSeed } from '../../../../runtime/src/contract/index.ts'
import {
  config,
  heard,
  orkWorker,
  pod,
  readyDeployment,
  seenShard,
  shardOf,
  site,
  stored,
  worker,
  workerPair,
} from '../../../test/controllers/samples.ts'
import { desiredWorkerKeySecret } from '../../resources/key-secrets.ts'
import { secret, secretText } from '../../resources/secret.ts'
import type { ShardFacts } from '../../resources/site-facts.ts'
import { siteFactsOf } from '../site-facts-of.ts'
import { formatObject, type Plan } from '../steps.ts'
import { decideWorker } from './decide.ts'
import type { SeenOwnShard, SeenWorker } from './seen-worker.ts'

const own = worker('w', { driver: 'simulated' })
const facts = siteFactsOf(site(), config)
const shard = shardOf('r', ['m1', 'm2'])
const shardFacts: ShardFacts = { site: facts, worker: own.metadata, shard: 'r', workerId: 'w-r' }
const key = stored(desiredWorkerKeySecret(shardFacts, workerPair))
const freshSeed = '09'.repeat(32)

function seenWorker(changes: Partial<SeenWorker> = {}, ofShard: Partial<SeenOwnShard> = {}): SeenWorker {
  return {
    worker: own,
    site: { facts, complete: true },
    assignment: { worker: 'w', problem: null, shards: [shard], missingRacks: [], claims: [] },
    shards: [{ ...seenShard(shard), key, devices: null, pods: [], freshSeed, ...ofShard }],
    leftovers: [],
    orkKnowledge: heard([]),
    refreshes: new Map(),
    ...changes,
  }
}

function written(plan: Plan): string[] {
  return plan.stages.flat().map((step) => {
    switch (step.kind) {
      case 'refresh':
        return `refresh ${step.pod.metadata.name}`
      case 'create':
      case 'apply':
      case 'remove':
        return `${step.kind} ${formatObject(step.object)}`
    }
  })
}

describe('a shard', () => {
  test('that is new gets a key, its device list, and then its Deployment', () => {
    const plan = decideWorker(seenWorker({}, { key: null, deployment: null }), 0)
    expect(written(plan)).toEqual(['create Secret w-r-key', 'apply Secret w-r-devices', 'apply Deployment w-r'])
    const [first] = plan.stages.flat()
    expect(first?.kind === 'create' && secretText(first.object, 'publicKey')).toBe(keyPairOfSeed(freshSeed).publicKey)
  })

  test('that is in order has its key left alone', () => {
    expect(written(decideWorker(seenWorker(), 0))).toEqual(['apply Secret w-r-devices', 'apply Deployment w-r'])
  })

  test('waits with its Deployment for what its site gives, unless it runs already', () => {
    const early = { site: { facts, complete: false } }
    expect(written(decideWorker(seenWorker(early, { deployment: null }), 0))).toEqual(['apply Secret w-r-devices'])
    expect(written(decideWorker(seenWorker(early), 0))).toContain('apply Deployment w-r')
  })

  test('whose key is of no use gets another, with a warning, and its Deployment follows once that was seen', () => {
    const spoilt = stored({ ...key, data: {} })
    const plan = decideWorker(seenWorker({}, { key: spoilt }), 0)
    const [step] = plan.stages.flat()
    expect(step).toMatchObject({ kind: 'apply', object: { metadata: { name: 'w-r-key' } }, event: { type: 'Warning' } })
    expect(written(plan)).not.toContain('apply Deployment w-r')
  })

  test('whose key was adopted by its label keeps it', () => {
    const adopted = stored(secret({ name: 'w-r-key', labels: { 'mdk.io/worker': 'w' } }, { seed: workerPair.seed }))
    const [step] = decideWorker(seenWorker({}, { key: adopted }), 0).stages.flat()
    expect(step).toMatchObject({
      kind: 'apply',
      object: { data: adopted.data, metadata: { ownerReferences: [{ name: 'w' }] } },
    })
  })

  test('whose key Secret somebody else has is not run', () => {
    const foreign = stored(secret({ name: 'w-r-key' }, {}))
    expect(written(decideWorker(seenWorker({}, { key: foreign, deployment: null }), 0))).toEqual([
      'apply Secret w-r-devices',
    ])
  })

  test('whose worker id another worker has is not run', () => {
    const taken = { shard: { ...shard, nameTakenBy: 'older' } }
    expect(written(decideWorker(seenWorker({}, taken), 0))).toEqual([])
  })

  test('that was deleted with its key says that the key was made again', () => {
    const earlier = { id: 'r', workerId: 'w-r', ready: true, publicKey: workerPair.publicKey }
    const [step] = decideWorker(seenWorker({}, { key: null, earlier, deployment: null }), 0).stages.flat()
    expect(step).toMatchObject({ kind: 'create', event: { reason: 'KeyGenerated' } })
  })

  test('that is deleted again before its status names the key says so again', () => {
    const earlier = { id: 'r', workerId: 'w-r', ready: false }
    const [step] = decideWorker(seenWorker({}, { key: null, earlier }), 0).stages.flat()
    expect(step).toMatchObject({ kind: 'create', event: { reason: 'KeyGenerated' } })
  })
})

test('a device list that was deleted is made again, and that is told; a first one is not', () => {
  const earlier = { id: 'r', workerId: 'w-r', ready: true, publicKey: workerPair.publicKey }
  const listOf = (ofShard: Partial<SeenOwnShard>) =>
    decideWorker(seenWorker({}, ofShard), 0)
      .stages.flat()
      .find((step) => step.kind === 'apply' && step.object.metadata.name === 'w-r-devices')
  expect(listOf({ earlier })).toMatchObject({ event: { reason: 'DeviceListRestored' } })
  expect(listOf({ earlier, devices: secret({ name: 'w-r-devices' }, {}) })).toMatchObject({ event: null })
  expect(listOf({ deployment: null })).toMatchObject({ event: null })
})

describe('what is left over', () => {
  test('goes with the shard', () => {
    const leftovers = [readyDeployment('w-gone'), secret({ name: 'w-gone-key' }, {})]
    expect(written(decideWorker(seenWorker({ leftovers }), 0))).toEqual(
      expect.arrayContaining(['remove Deployment w-gone', 'remove Secret w-gone-key']),
    )
  })

  test('is all that is written for a worker without its site', () => {
    const alone = seenWorker({ site: null, shards: [], leftovers: [readyDeployment('w-r')] })
    expect(written(decideWorker(alone, 0))).toEqual(['remove Deployment w-r'])
  })
})

describe('a device list that was written', () => {
  const revision = deviceListRevision(formatDeviceList(shard.devices))
  const refreshed = (changes: Parameters<typeof orkWorker>[1]) =>
    written(
      decideWorker(seenWorker({ orkKnowledge: heard([orkWorker(shard, changes)]) }, { pods: [pod('p')] }), 0),
    ).filter((line) => line.startsWith('refresh'))

  test('and runs costs nothing', () => {
    expect(refreshed({ revision })).toEqual([])
  })

  test('and does not run yet makes the pod refresh its files', () => {
    expect(refreshed({ revision: 'older' })).toEqual(['refresh p'])
  })

  test('of a worker that says nothing, or of another key, costs nothing', () => {
    expect(refreshed({ revision: null })).toEqual([])
    expect(refreshed({ revision: 'older', publicKey: '00'.repeat(32) })).toEqual([])
  })
})
