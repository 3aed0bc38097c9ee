import { describe, expect, test } from 'vitest'
import {
  appNodePair,
  assign,
  heard,
  lookedAt,
  orkPair,
  orkWorker,
  pod,
  rack,
  readyDeployment,
  readyDht,
  rows,
  seenShard,
  seenSite,
  shardOf,
  site,
  stored,
  workerPair,
} from '../../../test/controllers/samples.ts'
import { siteConditions } from '../../api/v1alpha1/index.ts'
import { ApiError } from '../../kube/errors.ts'
import { deviceListOf } from '../../resources/device-list.ts'
import { secret } from '../../resources/secret.ts'
import type { Finding } from '../conditions.ts'
import type { Setback } from '../steps.ts'
import { decideSite } from './decide.ts'
import type { SeenSite } from './seen-site.ts'
import { siteStatus } from './status.ts'

function statusOf(seen: SeenSite, setbacks: readonly Setback[] = []) {
  return siteStatus(seen, decideSite(seen, 0), setbacks)
}

const told = new Set<string>()

/** A condition with its reason, remembered as tested. */
function find(seen: SeenSite, type: string, setbacks: readonly Setback[] = []): Finding & { status: string } {
  const found = statusOf(seen, setbacks).conditions.find((condition) => condition.type === type)
  told.add(`${type} ${found!.reason}`)
  return found!
}

const shard = shardOf('r', ['m1', 'm2'])
const well = seenSite()
const withIdentity = (changes: Partial<SeenSite['identities']>) =>
  seenSite({ identities: { ...well.identities, ...changes } })
const keySecret = (texts: Record<string, string>) => ({
  ...well.identities.orkKey,
  source: { name: 'corp', secret: stored(secret({ name: 'corp', namespace: 'mines' }, texts)) },
})

const unpullable = {
  containerStatuses: [
    {
      ...{ name: 'x', image: 'i', imageID: '', ready: false, restartCount: 0 },
      state: { waiting: { reason: 'ErrImagePull' } },
    },
  ],
}

describe('a site', () => {
  test('that nobody has looked at is Unknown in all that is always listed', () => {
    expect(rows(statusOf(seenSite({ site: site({}, null) })).conditions)).toEqual([
      'Ready Unknown Starting',
      'IdentityReady Unknown Starting',
      'DiscoveryReady Unknown Starting',
      'OrkAvailable Unknown Starting',
      'AppNodeAvailable Unknown Starting',
      'WorkersReady Unknown Starting',
      'DevicesRegistered Unknown Starting',
      'DevicesHealthy Unknown Starting',
      'Reconciling True Starting',
    ])
  })

  test('in which all is well is Ready, with neither Reconciling nor Stalled', () => {
    const status = statusOf(well)
    expect(rows(status.conditions)).toEqual([
      'Ready True Serving',
      'IdentityReady True InUse',
      'DiscoveryReady True QuorumReady',
      'OrkAvailable True Available',
      'AppNodeAvailable True Available',
      'WorkersReady True AllReady',
      'DevicesRegistered True AllRegistered',
      'DevicesHealthy True AllHealthy',
    ])
    expect(status).toMatchObject({
      observedGeneration: 1,
      ork: { publicKey: orkPair.publicKey },
      appNode: { publicKey: appNodePair.publicKey },
      workers: { desired: 1, ready: 1 },
      devices: { declared: 2, assigned: 2, registered: 2, healthy: 2 },
    })
    expect(status.conditions.every(({ observedGeneration }) => observedGeneration === 1)).toBe(true)
    for (const { type, reason } of status.conditions) told.add(`${type} ${reason}`)
  })

  test('without a rack is Ready too', () => {
    const seen = seenSite({ assignment: assign([], []), shards: [], orkKnowledge: heard([]) })
    expect(find(seen, 'Ready')).toMatchObject({ status: 'True', reason: 'Serving' })
    expect(find(seen, 'WorkersReady').reason).toBe('NoWorkers')
    expect(find(seen, 'DevicesRegistered').reason).toBe('NoDevices')
    expect(find(seen, 'DevicesHealthy').reason).toBe('NoDevices')
  })

  test('takes the reason of Ready from the first row that is not True, and waits', () => {
    const conditions = statusOf(seenSite({ dht: readyDht(1), ork: null })).conditions
    expect(rows(conditions)).toContain('Ready False NoQuorum')
    expect(rows(conditions)).toContain('Reconciling True NoQuorum')
  })

  test('that is stalled says so in Stalled, and not in Reconciling', () => {
    const conditions = statusOf(withIdentity({ orkKey: keySecret({ publicKey: orkPair.publicKey }) })).conditions
    expect(rows(conditions).slice(-1)).toEqual(['Stalled True KeyIncomplete'])
    expect(conditions[0]?.message).toBe(conditions.at(-1)?.message)
  })
})

describe('IdentityReady', () => {
  test.each([
    ['KeyIncomplete', { publicKey: orkPair.publicKey }],
    ['KeyMismatch', { seed: orkPair.seed, publicKey: '11'.repeat(32) }],
    ['KeyMalformed', { seed: 'short' }],
  ])('is %s for a source like this', (reason, texts) => {
    expect(find(withIdentity({ orkKey: keySecret(texts) }), 'IdentityReady')).toMatchObject({ reason, status: 'False' })
  })

  test('is TopicMalformed for an adopted topic that is none', () => {
    const own = stored({ ...well.identities.topic.own!, data: { topic: '' } })
    expect(find(withIdentity({ topic: { ...well.identities.topic, own } }), 'IdentityReady').reason).toBe(
      'TopicMalformed',
    )
  })

  test('is TokensMalformed for tokens that admit nobody', () => {
    const own = stored({ ...well.identities.tokens.own!, data: {} })
    const finding = find(withIdentity({ tokens: { ...well.identities.tokens, own } }), 'IdentityReady')
    expect(finding.reason).toBe('TokensMalformed')
  })

  test('is KeyInUse for a key that another site has', () => {
    const other = { namespace: 'n', name: 'o', creationTimestamp: '', orkPublicKey: orkPair.publicKey }
    expect(find(seenSite({ otherSites: [other] }), 'IdentityReady').reason).toBe('KeyInUse')
  })

  test('is SecretLost for a key that existed, and status goes on showing it', () => {
    const self = site({}, { conditions: lookedAt, ork: { publicKey: orkPair.publicKey } })
    const orkKey = { ...well.identities.orkKey, own: null, known: orkPair.publicKey }
    const seen = { ...withIdentity({ orkKey }), site: self }
    expect(find(seen, 'IdentityReady').reason).toBe('SecretLost')
    expect(statusOf(seen).ork).toEqual({ publicKey: orkPair.publicKey })
  })

  test('is SecretNotFound, and waiting, for a source that is not there yet', () => {
    const orkKey = { ...well.identities.orkKey, own: null, source: { name: 'corp', secret: null } }
    const seen = withIdentity({ orkKey })
    expect(find(seen, 'IdentityReady')).toMatchObject({ reason: 'SecretNotFound', status: 'False' })
    expect(rows(statusOf(seen).conditions)).toContain('Reconciling True SecretNotFound')
  })

  test('is NameTaken for any object that somebody else has', () => {
    const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's-ork' } }
    const finding = find(well, 'IdentityReady', [{ kind: 'taken', object }])
    expect(finding).toMatchObject({ reason: 'NameTaken' })
    expect(finding.message).toContain('Service s-ork')
  })

  test('is Starting while a Secret is being made, and tells no key that nobody has seen yet', () => {
    const seen = withIdentity({ orkKey: { ...well.identities.orkKey, own: null } })
    expect(find(seen, 'IdentityReady')).toMatchObject({ reason: 'Starting', status: 'Unknown' })
    expect(statusOf(seen)).not.toHaveProperty('ork')
  })

  test('stays InUse while deleted tokens are made again, unless that fails', () => {
    for (const name of ['tokens', 'admin'] as const) {
      const seen = withIdentity({ [name]: { ...well.identities[name], own: null } })
      expect(find(seen, 'IdentityReady')).toMatchObject({ reason: 'InUse', status: 'True' })
      const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: `s-${name}` } }
      const error = new ApiError({ kind: 'denied', status: 403, message: 'exceeded quota' })
      const finding = find(seen, 'IdentityReady', [{ kind: 'refused', object, error, exists: false }])
      expect(finding).toMatchObject({
        reason: 'SecretRefused',
        message: expect.stringContaining('exceeded quota') as string,
      })
    }
  })

  test('is SecretImmutable for a copy that can not follow its source, which stays in use', () => {
    const fixed = { ...well.identities.orkKey.own!, immutable: true }
    const orkKey = { ...keySecret({ seed: workerPair.seed }), own: fixed }
    const finding = find(withIdentity({ orkKey }), 'IdentityReady')
    expect(finding).toMatchObject({ reason: 'SecretImmutable', status: 'False' })
    expect(finding.message).toContain('delete Secret s-ork-key, and it is made again from there')
    expect(finding.message).toContain('the last good one stays in use')
    const same = { ...keySecret({ seed: orkPair.seed }), own: fixed }
    expect(find(withIdentity({ orkKey: same }), 'IdentityReady').reason).toBe('InUse')
  })

  test('is SecretRefused when the API server will not have a Secret, and status goes on to show what is stored', () => {
    const orkKey = keySecret({ seed: workerPair.seed })
    const seen = { ...withIdentity({ orkKey }), site: { ...well.site, status: statusOf(well) } }
    const error = new ApiError({ kind: 'denied', status: 403, message: 'a policy forbids it' })
    const setbacks: Setback[] = [{ kind: 'refused', object: well.identities.orkKey.own!, error, exists: true }]
    const finding = find(seen, 'IdentityReady', setbacks)
    expect(finding).toMatchObject({ reason: 'SecretRefused', status: 'False' })
    expect(finding.message).toBe('Secret s-ork-key was refused: a policy forbids it')
    expect(statusOf(seen, setbacks).ork).toEqual({ publicKey: orkPair.publicKey })
    expect(find(seen, 'OrkAvailable', setbacks).reason).toBe('OrkKeyMismatch')
  })

  test('tells what is stalled before what is waited for', () => {
    const waits = { ...well.identities.topic, own: null, source: { name: 't', secret: null } }
    const seen = withIdentity({ topic: waits, orkKey: keySecret({ seed: 'short' }) })
    expect(find(seen, 'IdentityReady').reason).toBe('KeyMalformed')
  })
})

describe('what runs', () => {
  test('DiscoveryReady needs two of three DHT nodes', () => {
    expect(find(seenSite({ dht: readyDht(2) }), 'DiscoveryReady').reason).toBe('QuorumReady')
    expect(find(seenSite({ dht: readyDht(1) }), 'DiscoveryReady').reason).toBe('NoQuorum')
    expect(find(seenSite({ dht: null }), 'DiscoveryReady').reason).toBe('NoQuorum')
  })

  const cause = '0 of 3 DHT nodes answer over UDP'
  const ofDiscovery = { code: 'BootstrapSilent', about: 'discovery', cause, remedy: 'let UDP pass' } as const
  const ofPeer = { code: 'WorkerSilent', about: 'peer', cause: 'silent: w-r', remedy: 'see their pods' } as const

  test('a diagnosis of discovery makes DiscoveryReady Impaired and is the message of Ready, though all devices are registered', () => {
    const orkKnowledge = heard([orkWorker(shard)], { diagnosis: ofDiscovery })
    const seen = seenSite({ orkKnowledge })
    const message = `${cause}; let UDP pass`
    expect(find(seen, 'DiscoveryReady')).toMatchObject({ status: 'False', reason: 'Impaired', message })
    expect(find(seen, 'Ready')).toMatchObject({ status: 'False', reason: 'Impaired', message })
    expect(find(seen, 'DevicesRegistered').status).toBe('True')
  })

  test('a diagnosis of workers explains WorkersReady, DevicesRegistered and Ready, and leaves DiscoveryReady alone', () => {
    const seen = seenSite({ orkKnowledge: heard([], { diagnosis: ofPeer }) })
    expect(find(seen, 'DiscoveryReady').reason).toBe('QuorumReady')
    for (const type of ['WorkersReady', 'DevicesRegistered', 'Ready']) {
      expect(find(seen, type).message).toMatch(/; ORK says: silent: w-r; see their pods$/)
    }
  })

  test('while ORK is not heard, OrkAvailable says what can be seen of the DHT', () => {
    const seen = seenSite({ orkKnowledge: { kind: 'silent', problem: null }, dht: readyDht(2), dhtService: null })
    expect(find(seen, 'OrkAvailable').message).toMatch(/2 of 3 DHT nodes are ready and their Service is missing$/)
    expect(find({ ...seen, dhtService: well.dhtService }, 'OrkAvailable').message).toMatch(/their Service is there$/)
  })

  test('OrkAvailable is PodNotReady without a ready pod, and says what the API server refused', () => {
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 's-ork', labels: { 'app.kubernetes.io/component': 'ork' } },
    }
    const error = new ApiError({ kind: 'denied', status: 403, message: 'exceeded quota' })
    const finding = find(seenSite({ ork: null }), 'OrkAvailable', [{ kind: 'refused', object, error, exists: false }])
    expect(finding).toMatchObject({ status: 'False', reason: 'PodNotReady' })
    expect(finding.message).toContain('Deployment s-ork was refused: exceeded quota')
  })

  test.each(
    decideSite(well, 0)
      .stages.flat()
      .flatMap((step) => (step.kind === 'apply' ? [step.object] : [])),
  )('Ready is not True while $kind $metadata.name is refused, though the pods of before serve', (object) => {
    const error = new ApiError({ kind: 'denied', status: 403, message: 'denied by a policy' })
    const ready = find(well, 'Ready', [{ kind: 'refused', object, error, exists: true }])
    expect(ready.status).not.toBe('True')
    expect(ready.message).toContain(`${object.kind} ${object.metadata.name} was refused: denied by a policy`)
  })

  test('a pod of an older template does not count', () => {
    const deployment = readyDeployment('s-ork')
    const renewed = { ...deployment, metadata: { ...deployment.metadata, generation: 2 } }
    expect(find(seenSite({ ork: renewed }), 'OrkAvailable').reason).toBe('PodNotReady')
  })

  test('OrkAvailable is OrkKeyMismatch under another key than the declared one', () => {
    const orkKnowledge = heard([orkWorker(shard)], { publicKey: workerPair.publicKey })
    expect(find(seenSite({ orkKnowledge }), 'OrkAvailable')).toMatchObject({
      status: 'False',
      reason: 'OrkKeyMismatch',
    })
  })

  test('OrkAvailable is Starting until a new ORK is heard', () => {
    expect(find(seenSite({ orkKnowledge: { kind: 'awaited' } }), 'OrkAvailable')).toMatchObject({ reason: 'Starting' })
  })

  test('what keeps pods from running is told of each part of a site', () => {
    const troubled = { ...pod('p'), spec: { containers: [{ name: 'x', image: 'i' }] }, status: unpullable }
    const why = /; pod p: its image i can't be pulled$/
    const pods = { dht: [troubled], ork: [troubled], appNode: [troubled], workers: [troubled] }
    const seen = seenSite({ ork: null, appNode: null, dht: readyDht(1), pods })
    for (const type of ['DiscoveryReady', 'OrkAvailable', 'AppNodeAvailable']) {
      expect(find(seen, type).message).toMatch(why)
    }
    const shards = [
      seenShard(shardOf('r', ['m1']), { deployment: null, trouble: "pod p: its image i can't be pulled" }),
    ]
    for (const type of ['WorkersReady', 'DevicesRegistered']) {
      expect(find(seenSite({ shards, orkKnowledge: heard([]) }), type).message).toMatch(why)
    }
  })

  test('AppNodeAvailable is PodNotReady without a ready pod', () => {
    expect(find(seenSite({ appNode: null }), 'AppNodeAvailable').reason).toBe('PodNotReady')
  })

  test('WorkersReady is ShardsNotReady and names them with their reasons', () => {
    const finding = find(seenSite({ shards: [seenShard(shard, { deployment: null })] }), 'WorkersReady')
    expect(finding).toMatchObject({ status: 'False', reason: 'ShardsNotReady' })
    expect(finding.message).toContain('w-r (PodNotReady)')
  })
})

describe('devices', () => {
  test('that no worker serves make DevicesRegistered DevicesUnassigned, before what is not registered', () => {
    const assignment = assign([rack('r', { driver: 'simulated', devices: [{ name: 'm' }] })], [])
    const finding = find(seenSite({ assignment, shards: [] }), 'DevicesRegistered')
    expect(finding).toMatchObject({ status: 'False', reason: 'DevicesUnassigned' })
    expect(finding.message).toContain('r.m')
  })

  test('that ORK has not are DevicesNotRegistered and named', () => {
    const seen = seenSite({ orkKnowledge: heard([orkWorker(shard, { devices: ['r.m1'] })]) })
    expect(find(seen, 'DevicesRegistered')).toMatchObject({
      status: 'False',
      reason: 'DevicesNotRegistered',
      message: '1 of 2 assigned devices are registered with ORK; not yet: r.m2',
    })
  })

  test('are DevicesNotRegistered while a worker runs an earlier list, or ORK reads an earlier roster', () => {
    const outdated = seenSite({ orkKnowledge: heard([orkWorker(shard, { revision: 'earlier' })]) })
    expect(find(outdated, 'DevicesRegistered')).toMatchObject({
      reason: 'DevicesNotRegistered',
      message: '2 of 2 assigned devices are registered with ORK; these workers still run an earlier device list: w-r',
    })
    const workers = [orkWorker(shard, { revision: deviceListOf(shard.devices).revision })]
    const { roster } = decideSite(well, 0).files
    expect(
      find(seenSite({ orkKnowledge: heard(workers, { files: { roster: 'earlier' } }) }), 'DevicesRegistered'),
    ).toMatchObject({ reason: 'DevicesNotRegistered' })
    expect(find(seenSite({ orkKnowledge: heard(workers, { files: { roster: roster! } }) }), 'Ready').status).toBe(
      'True',
    )
  })

  test('that are sick are DevicesUnhealthy, which Ready does not mind', () => {
    const seen = seenSite({ orkKnowledge: heard([orkWorker(shard, { unhealthy: ['r.m2'] })]) })
    expect(find(seen, 'DevicesHealthy')).toMatchObject({ status: 'False', reason: 'DevicesUnhealthy' })
    expect(find(seen, 'Ready').status).toBe('True')
    expect(statusOf(seen).devices).toEqual({ declared: 2, assigned: 2, registered: 2, healthy: 1 })
  })

  test('stay as they were counted when ORK is silent, and three conditions become Unknown', () => {
    const earlier = { id: 'r', workerId: 'w-r', ready: true, registered: 2, healthy: 1 }
    const seen = seenSite({
      orkKnowledge: { kind: 'silent', problem: 'connection refused' },
      shards: [seenShard(shard, { earlier })],
    })
    for (const type of ['OrkAvailable', 'DevicesRegistered', 'DevicesHealthy']) {
      expect(find(seen, type)).toMatchObject({ status: 'Unknown', reason: 'StatusUnreachable' })
      expect(find(seen, type).message).toContain('(connection refused)')
    }
    expect(find(seen, 'Ready')).toMatchObject({ status: 'False', reason: 'StatusUnreachable' })
    expect(statusOf(seen).devices).toEqual({ declared: 2, assigned: 2, registered: 2, healthy: 1 })
  })

  test('and conditions stay as they were while ORK is awaited after a start of the operator', () => {
    const before = statusOf(well)
    const earlier = { id: 'r', workerId: 'w-r', ready: true, registered: 2, healthy: 2 }
    const seen = seenSite({
      site: site({}, before),
      orkKnowledge: { kind: 'awaited' },
      shards: [seenShard(shard, { earlier })],
    })
    expect(statusOf(seen)).toEqual(before)
  })

  test('of a new site are Starting while ORK is awaited', () => {
    const seen = seenSite({ orkKnowledge: { kind: 'awaited' } })
    expect(find(seen, 'DevicesRegistered')).toMatchObject({ status: 'Unknown', reason: 'Starting' })
    expect(find(seen, 'DevicesHealthy')).toMatchObject({ status: 'Unknown', reason: 'Starting' })
  })
})

test('every reason of the table has a test here', () => {
  const listed = Object.entries(siteConditions).flatMap(([type, { reasons }]) =>
    Object.keys(reasons).map((reason) => `${type} ${reason}`),
  )
  // The first visit, which is one case for all conditions.
  const starting = (row: string) => row.endsWith(' Starting')
  expect(listed.filter((row) => !told.has(row) && !starting(row))).toEqual([])
})
