import { describe, expect, test } from 'vitest'
import {
  assign,
  config,
  heard,
  orkWorker,
  rack,
  readyDeployment,
  rows,
  seenShard,
  site,
  stored,
  worker,
  workerPair,
} from '../../../test/controllers/samples.ts'
import { type MdkWorker, maxRacksOfWorker, shardReasons, workerConditions } from '../../api/v1alpha1/index.ts'
import { ApiError } from '../../kube/errors.ts'
import { secret } from '../../resources/secret.ts'
import type { Finding } from '../conditions.ts'
import { siteFactsOf } from '../site-facts-of.ts'
import type { Setback } from '../steps.ts'
import type { SeenOwnShard, SeenWorker } from './seen-worker.ts'
import { workerStatus } from './status.ts'

const own = worker('w', { driver: 'simulated' })
const racks = [rack('r', { driver: 'simulated', devices: [{ name: 'm1' }, { name: 'm2' }] })]
const facts = siteFactsOf(site(), config)

interface Changes extends Partial<SeenWorker> {
  readonly shard?: Partial<SeenOwnShard>
}

function seenWorker(self: MdkWorker = own, { shard: shardChanges = {}, ...changes }: Changes = {}): SeenWorker {
  const assignment = changes.assignment ?? assign(racks, [self]).workers.get(self.metadata.name)!
  const key = stored(secret({ name: 'w-r-key', labels: { 'mdk.io/worker': 'w' } }, { seed: workerPair.seed }))
  return {
    worker: self,
    site: { facts, complete: true },
    assignment,
    shards: assignment.shards.map((shard) => ({
      ...seenShard(shard),
      key,
      devices: null,
      pods: [],
      freshSeed: '09'.repeat(32),
      ...shardChanges,
    })),
    leftovers: [],
    orkKnowledge: heard(assignment.shards.map((shard) => orkWorker(shard))),
    refreshes: new Map(),
    ...changes,
  }
}

const told = new Set<string>()

function find(
  seen: SeenWorker,
  type: string,
  setbacks: readonly Setback[] = [],
): (Finding & { status: string }) | undefined {
  const found = workerStatus(seen, setbacks).conditions.find((condition) => condition.type === type)
  if (found !== undefined) told.add(`${type} ${found.reason}`)
  return found
}

const toldOfShards = new Set<string>()

function shardReasonOf(seen: SeenWorker, setbacks: readonly Setback[] = []): string | undefined {
  const [shard] = workerStatus(seen, setbacks).shardStatus ?? []
  toldOfShards.add(shard?.reason ?? '')
  return shard?.reason
}

const [shard] = seenWorker().assignment.shards

describe('a worker', () => {
  test('whose devices are all registered is Ready', () => {
    const status = workerStatus(seenWorker(), [])
    expect(rows(status.conditions)).toEqual([
      'Ready True AllRegistered',
      'ShardsReady True AllReady',
      'DevicesRegistered True AllRegistered',
      'DevicesHealthy True AllHealthy',
    ])
    for (const { type, reason } of status.conditions) told.add(`${type} ${reason}`)
    expect(status).toMatchObject({ shards: 1, readyShards: 1, devices: { assigned: 2, registered: 2, healthy: 2 } })
    expect(status.shardStatus).toEqual([
      {
        id: 'r',
        workerId: 'w-r',
        publicKey: workerPair.publicKey,
        assigned: 2,
        registered: 2,
        healthy: 2,
        ready: true,
        reason: 'Ready',
      },
    ])
  })

  test('without a device is Ready', () => {
    const seen = seenWorker(own, { assignment: assign([], [own]).workers.get('w')! })
    expect(find(seen, 'Ready')).toMatchObject({ status: 'True', reason: 'NoDevices' })
    expect(find(seen, 'ShardsReady')?.reason).toBe('NoWorkers')
    expect(find(seen, 'DevicesRegistered')?.reason).toBe('NoDevices')
    expect(find(seen, 'DevicesHealthy')?.reason).toBe('NoDevices')
  })

  test('whose only device an older one serves says so in Ready too', () => {
    const assignment = { ...assign([], [own]).workers.get('w')!, claims: [{ deviceId: 'r.m9', servedBy: 'older' }] }
    const ready = find(seenWorker(own, { assignment, shards: [] }), 'Ready')
    expect(ready).toMatchObject({ status: 'True', reason: 'NoDevices' })
    expect(ready?.message).toContain('1 device is served by MdkWorker older, which is older: r.m9')
  })

  test('without its site waits, and so does one whose site has no identity yet', () => {
    const alone = find(seenWorker(own, { site: null, shards: [] }), 'Ready')
    expect(alone).toMatchObject({ status: 'False', reason: 'WaitingForSite' })
    const early = seenWorker(own, { site: { facts, complete: false }, shard: { deployment: null } })
    expect(find(early, 'Ready')?.reason).toBe('WaitingForSite')
    expect(rows(workerStatus(early, []).conditions)).toContain('Reconciling True WaitingForSite')
  })

  test('without its site counts what is assigned, and says of no part how it is', () => {
    const status = workerStatus(seenWorker(own, { site: null, shards: [], orkKnowledge: { kind: 'absent' } }), [])
    expect(status.devices).toEqual({ assigned: 2, registered: 0, healthy: 0 })
    expect(rows(status.conditions)).toEqual([
      'Ready False WaitingForSite',
      'ShardsReady Unknown Starting',
      'DevicesRegistered Unknown Starting',
      'DevicesHealthy Unknown Starting',
      'Reconciling True WaitingForSite',
    ])
  })

  test('that runs already does not wait for a site that lost its identity', () => {
    expect(find(seenWorker(own, { site: { facts, complete: false } }), 'Ready')?.status).toBe('True')
  })

  test('with a driver that this release lacks is stalled, with or without a site', () => {
    const abacus = worker('w', { driver: 'miner-abacus' })
    expect(find(seenWorker(abacus), 'Ready')?.reason).toBe('UnknownDriver')
    expect(find(seenWorker(abacus, { site: null }), 'Stalled')?.reason).toBe('UnknownDriver')
  })

  test('with a model that its driver lacks is stalled', () => {
    const seen = seenWorker(worker('w', { driver: 'miner-whatsminer', model: 'M1' }))
    expect(find(seen, 'Ready')?.reason).toBe('UnknownModel')
  })

  test('with too many racks is stalled', () => {
    const many = Array.from({ length: maxRacksOfWorker + 1 }, (_, at) =>
      rack(`r${at}`, { driver: 'simulated', devices: [{ name: 'm' }] }),
    )
    expect(find(seenWorker(own, { assignment: assign(many, [own]).workers.get('w')! }), 'Ready')?.reason).toBe(
      'TooManyRacks',
    )
  })

  test('that names a rack which is not there waits for it, with its name', () => {
    const named = worker('w', { driver: 'simulated', racks: { names: ['r', 'ghost'] } })
    expect(find(seenWorker(named), 'Ready')).toMatchObject({ status: 'False', reason: 'RackNotFound' })
    expect(find(seenWorker(named), 'Ready')?.message).toContain('ghost')
  })

  test('whose worker id another has is stalled with the name of the other', () => {
    const seen = seenWorker(own, {
      assignment: { ...seenWorker().assignment, shards: [{ ...shard!, nameTakenBy: 'older' }] },
    })
    expect(find(seen, 'Ready')).toMatchObject({ reason: 'NameTaken' })
    expect(find(seen, 'Ready')?.message).toContain('MdkWorker older')
    expect(shardReasonOf(seen)).toBe('NameTaken')
  })

  test('whose name somebody else’s object has is stalled with the name of that', () => {
    const setbacks: Setback[] = [{ kind: 'taken', object: readyDeployment('w-r') }]
    expect(find(seenWorker(), 'Ready', setbacks)?.message).toContain('Deployment w-r')
    expect(shardReasonOf(seenWorker(), setbacks)).toBe('NameTaken')
    const foreign = stored(secret({ name: 'w-r-key' }, {}))
    expect(shardReasonOf(seenWorker(own, { shard: { key: foreign } }))).toBe('NameTaken')
  })

  test('is well though another shard, whose Deployment is called like its key, is not', () => {
    const setbacks: Setback[] = [{ kind: 'taken', object: readyDeployment('w-r-key') }]
    expect(shardReasonOf(seenWorker(), setbacks)).toBe('Ready')
  })

  test('whose list’s name is taken names that Secret, though the Deployment called like its key is taken too', () => {
    const setbacks: Setback[] = [
      { kind: 'taken', object: readyDeployment('w-r-key') },
      { kind: 'taken', object: secret({ name: 'w-r-devices' }, {}) },
    ]
    expect(find(seenWorker(), 'Ready', setbacks)?.message).toMatch(/^Secret w-r-devices exists/)
  })

  test('that would fit devices of an older one shows Conflict and is Ready', () => {
    const assignment = { ...seenWorker().assignment, claims: [{ deviceId: 'r.m9', servedBy: 'older' }] }
    const seen = seenWorker(own, { assignment })
    expect(find(seen, 'Conflict')).toMatchObject({ status: 'True', reason: 'DeviceClaimed' })
    expect(find(seen, 'Conflict')?.message).toContain('MdkWorker older')
    expect(find(seen, 'Ready')?.status).toBe('True')
  })
})

describe('a shard', () => {
  test('is Ready when its pod is and ORK has it', () => {
    expect(shardReasonOf(seenWorker())).toBe('Ready')
  })

  test('is PodNotReady without a ready pod, and its worker not Ready', () => {
    const seen = seenWorker(own, { shard: { deployment: null } })
    expect(shardReasonOf(seen)).toBe('PodNotReady')
    expect(find(seen, 'ShardsReady')).toMatchObject({ status: 'False', reason: 'ShardsNotReady' })
  })

  test('whose pod cannot run says why in ShardsReady', () => {
    const trouble = 'pod p: no node takes it: 0/1 nodes are available'
    const seen = seenWorker(own, { shard: { deployment: null, trouble } })
    expect(find(seen, 'ShardsReady')?.message).toContain(`; ${trouble}`)
    expect(find(seenWorker(own, { shard: { trouble } }), 'ShardsReady')?.message).not.toContain(trouble)
  })

  test.each([
    ['ORK does not know it', []],
    ['ORK knows it under another key', [orkWorker(shard!, { publicKey: '00'.repeat(32) })]],
    ['ORK has not got to READY with it', [orkWorker(shard!, { state: 'DISCOVERED' })]],
  ])('is NotRegistered when %s, and its devices are not registered', (_, workers) => {
    const seen = seenWorker(own, { orkKnowledge: heard(workers) })
    expect(shardReasonOf(seen)).toBe('NotRegistered')
    expect(find(seen, 'DevicesRegistered')).toMatchObject({ status: 'False', reason: 'DevicesNotRegistered' })
  })

  test('is Unreachable when ORK has lost it, and its devices are not healthy', () => {
    const seen = seenWorker(own, { orkKnowledge: heard([orkWorker(shard!, { health: 'DEAD' })]) })
    expect(shardReasonOf(seen)).toBe('Unreachable')
    expect(find(seen, 'DevicesHealthy')).toMatchObject({ status: 'False', reason: 'DevicesUnhealthy' })
    expect(find(seen, 'DevicesRegistered')?.status).toBe('True')
  })

  test('is PodNotReady while an object of it is refused, though its pod of before serves, and ShardsReady says which', () => {
    const error = new ApiError({ kind: 'failed', status: 500, message: 'failed calling webhook' })
    const setbacks: Setback[] = [{ kind: 'failed', object: readyDeployment('w-r'), error, exists: true }]
    expect(shardReasonOf(seenWorker(), setbacks)).toBe('PodNotReady')
    expect(find(seenWorker(), 'ShardsReady', setbacks)).toMatchObject({
      status: 'False',
      reason: 'ShardsNotReady',
      message:
        '0 of 1 shards are ready; not yet: r (PodNotReady); ' +
        'Deployment w-r could not be written: failed calling webhook',
    })
  })

  test('is DeviceListTooLarge when its devices do not fit into a Secret', () => {
    const options = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`o${at}`, 'x'.repeat(128)]))
    const devices = Array.from({ length: 900 }, (_, at) => ({ name: `m${at}`, options }))
    const large = [rack('r', { driver: 'simulated', devices })]
    const assignment = assign(large, [own]).workers.get('w')!
    expect(shardReasonOf(seenWorker(own, { assignment }))).toBe('DeviceListTooLarge')
  })

  test('stays as it was while ORK is not heard, unless its pod is not ready', () => {
    const earlier = { id: 'r', workerId: 'w-r', ready: true, reason: 'Ready', registered: 2, healthy: 1 }
    const silent = { orkKnowledge: { kind: 'silent', problem: null } } as const
    expect(shardReasonOf(seenWorker(own, { ...silent, shard: { earlier } }))).toBe('Ready')
    expect(shardReasonOf(seenWorker(own, { ...silent, shard: { earlier, deployment: null } }))).toBe('PodNotReady')
    const lost = { ...earlier, ready: false, reason: 'Unreachable' }
    expect(shardReasonOf(seenWorker(own, { ...silent, shard: { earlier: lost } }))).toBe('Unreachable')
    expect(find(seenWorker(own, silent), 'DevicesRegistered')?.reason).toBe('StatusUnreachable')
    expect(find(seenWorker(own, silent), 'DevicesHealthy')?.reason).toBe('StatusUnreachable')
  })
})

test('every reason of the tables has a test here', () => {
  const listed = Object.entries(workerConditions).flatMap(([type, { reasons }]) =>
    Object.keys(reasons).map((reason) => `${type} ${reason}`),
  )
  expect(listed.filter((row) => !told.has(row) && !row.endsWith(' Starting'))).toEqual([])
  expect(Object.keys(shardReasons).filter((reason) => !toldOfShards.has(reason))).toEqual([])
})
