import { describe, expect, test } from 'vitest'
import { parseDiscovery, parseRoster } from '../../../../runtime/src/contract/index.ts'
import {
  appNodePair,
  heard,
  lookedAt,
  orkPair,
  orkWorker,
  pod,
  seenShard,
  seenSite,
  shardOf,
  site,
  stored,
  workerPair,
} from '../../../test/controllers/samples.ts'
import type { PersistentVolumeClaim } from '../../kube/types.ts'
import { secret } from '../../resources/secret.ts'
import type { LastRefresh } from '../refresh.ts'
import { formatObject, type Plan, type Step } from '../steps.ts'
import { decideSite } from './decide.ts'
import type { SeenIdentities, SeenSite } from './seen-site.ts'

const well = seenSite()

function applied(plan: Plan): string[] {
  return plan.stages.flat().flatMap((step) => (step.kind === 'apply' ? [formatObject(step.object)] : []))
}

function refreshes(plan: Plan): Extract<Step, { kind: 'refresh' }>[] {
  return plan.stages.flat().filter((step) => step.kind === 'refresh')
}

function file(seen: SeenSite, name: string, key: string): string {
  const object = decideSite(seen, 0)
    .stages.flat()
    .flatMap((step) => (step.kind === 'apply' && step.object.metadata.name === name ? [step.object] : []))[0]
  const text = (object as { data?: Record<string, string> } | undefined)?.data?.[key]
  return text ?? ''
}

const without = (...names: (keyof SeenIdentities)[]) =>
  Object.fromEntries(names.map((name) => [name, { ...well.identities[name], own: null, known: 'known' }]))

describe('what a site needs', () => {
  test('of a site in order is applied: every object but its Secrets', () => {
    expect(applied(decideSite(well, 0)).sort()).toEqual([
      'ConfigMap s-discovery',
      'ConfigMap s-roster',
      'Deployment s-app-node',
      'Deployment s-ork',
      'NetworkPolicy s-app-node',
      'NetworkPolicy s-dht',
      'NetworkPolicy s-ork',
      'NetworkPolicy s-workers',
      'PersistentVolumeClaim s-ork',
      'PodDisruptionBudget s-dht',
      'Service s-app-node',
      'Service s-dht',
      'Service s-ork',
      'Service s-peers',
      'StatefulSet s-dht',
    ])
  })

  test('without an identity is made as far as it needs none, and nothing that runs is touched', () => {
    const names = applied(decideSite(seenSite({ identities: { ...well.identities, ...without('orkKey') } }), 0))
    const identities = { ...well.identities, ...without('orkKey') }
    const lostTokens = { ...well.identities.tokens, own: { ...well.identities.tokens.own!, data: {} } }
    const both = applied(decideSite(seenSite({ identities: { ...identities, tokens: lostTokens } }), 0))
    expect(names).toContain('Deployment s-app-node')
    expect(names).not.toContain('Deployment s-ork')
    expect(both).toContain('StatefulSet s-dht')
    expect(both.filter((name) => name.startsWith('Deployment'))).toEqual([])
  })

  test('is made in order: what pods mount before what mounts it', () => {
    const [first = [], second = [], third = []] = decideSite(well, 0).stages
    const workloads = third.flatMap((step) => (step.kind === 'apply' ? [step] : []))
    const mounted = [...first, ...second].flatMap((step) => (step.kind === 'apply' ? [formatObject(step.object)] : []))
    expect(workloads.map(({ object }) => object.kind)).toEqual(['StatefulSet', 'Deployment', 'Deployment'])
    for (const { needs } of workloads) {
      expect(needs.filter((need) => !need.startsWith('Secret') && !mounted.includes(need))).toEqual([])
    }
  })
})

describe('a volume that was there before its site', () => {
  const volume = (creationTimestamp: string): PersistentVolumeClaim => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 's-ork', creationTimestamp },
  })
  const reasons = (seen: SeenSite) => decideSite(seen, 0).events.map(({ reason }) => reason)

  test('is taken up with an event, once', () => {
    expect(reasons(seenSite({ volume: volume('2025-01-01T00:00:00Z') }))).toEqual(['IdentityReused'])
    expect(reasons(seenSite({ volume: volume('2026-01-02T00:00:00Z') }))).toEqual([])
    const known = site({}, { conditions: lookedAt, ork: { publicKey: orkPair.publicKey } })
    expect(reasons(seenSite({ volume: volume('2025-01-01T00:00:00Z'), site: known }))).toEqual([])
  })
})

describe('files of a site', () => {
  test('that name a key are written after its Secret, and not if another was faster to make it', () => {
    const unmade = (identity: keyof SeenIdentities) => ({ ...well.identities[identity], own: null, known: null })
    const none = { orkKey: unmade('orkKey'), appNodeKey: unmade('appNodeKey') }
    const [first = [], second = []] = decideSite(seenSite({ identities: { ...well.identities, ...none } }), 0).stages
    const made = first.flatMap((step) => (step.kind === 'create' ? [formatObject(step.object)] : []))
    expect(made).toEqual(expect.arrayContaining(['Secret s-ork-key', 'Secret s-app-node-key']))
    const needs = second.map((step) => (step.kind === 'apply' ? [formatObject(step.object), ...step.needs] : []))
    expect(needs).toEqual([
      ['ConfigMap s-discovery', 'Secret s-ork-key', 'Secret s-topic'],
      ['ConfigMap s-roster', 'Secret s-app-node-key'],
    ])
  })

  test("name ORK's key of before while another is copied over it, and so does ORK's Deployment", () => {
    const corp = { name: 'corp', secret: stored(secret({ name: 'corp' }, { seed: workerPair.seed })) }
    const copying = { ...well.identities, orkKey: { ...well.identities.orkKey, source: corp } }
    const plan = decideSite(seenSite({ identities: copying }), 0)
    const [first = [], ...others] = plan.stages
    expect(first.flatMap((step) => (step.kind === 'apply' ? [formatObject(step.object)] : []))).toContain(
      'Secret s-ork-key',
    )
    expect(others).toEqual(decideSite(well, 0).stages.slice(1))
    expect(plan.identities.orkKey.wanted?.publicKey).toBe(workerPair.publicKey)
  })

  test('the roster holds every shard that is run and has a key, and who may call', () => {
    const taken = { ...shardOf('t', ['m']), nameTakenBy: 'older' }
    const shards = [
      seenShard(shardOf('r', ['m'])),
      seenShard(shardOf('k', ['m']), { publicKey: null }),
      seenShard(taken),
    ]
    const noc = { name: 'noc', publicKey: workerPair.publicKey }
    const seen = seenSite({ shards, site: site({ ork: { allowedCallers: [noc] } }) })
    expect(parseRoster(file(seen, 's-roster', 'roster.json'))).toMatchObject({
      value: {
        workers: [
          {
            workerId: 'w-r',
            publicKey: workerPair.publicKey,
            host: 'w-r.s-peers.mines.svc.cluster.local',
            port: 49737,
          },
        ],
        callers: [{ name: 'app-node', publicKey: appNodePair.publicKey }, noc],
      },
    })
  })

  test('the roster lists one of two shards whose key Secrets are copies, so that ORK can read it', () => {
    const shards = [seenShard(shardOf('q', ['m'])), seenShard(shardOf('p', ['m']))]
    const roster = parseRoster(file(seenSite({ shards }), 's-roster', 'roster.json'))
    expect(roster).toMatchObject({ kind: 'ok', value: { workers: [{ workerId: 'w-p' }] } })
  })

  test('the roster keeps workers whose driver this release does not know, beside those that it does', () => {
    const strayWorkers = ['w-r', 'old-r'].map((workerId) => ({ workerId, publicKey: orkPair.publicKey }))
    const seen = seenSite({ shards: [seenShard(shardOf('r', ['m']))], strayWorkers })
    expect(parseRoster(file(seen, 's-roster', 'roster.json'))).toMatchObject({
      value: {
        workers: [
          { workerId: 'old-r', publicKey: orkPair.publicKey },
          { workerId: 'w-r', publicKey: workerPair.publicKey },
        ],
      },
    })
  })

  test('a key that is lost for the moment stays in discovery and roster', () => {
    const status = {
      conditions: lookedAt,
      ork: { publicKey: orkPair.publicKey },
      appNode: { publicKey: appNodePair.publicKey },
    }
    const seen = seenSite({
      site: site({}, status),
      identities: { ...well.identities, ...without('orkKey', 'appNodeKey') },
    })
    expect(parseDiscovery(file(seen, 's-discovery', 'discovery.json'))).toMatchObject({
      value: { orkPublicKey: orkPair.publicKey },
    })
    expect(parseRoster(file(seen, 's-roster', 'roster.json'))).toMatchObject({
      value: { callers: [{ publicKey: appNodePair.publicKey }] },
    })
  })

  test('discovery has no key before there is one', () => {
    const orkKey = { own: null, source: { name: 'corp', secret: null }, known: null, givenUp: null }
    const seen = seenSite({ identities: { ...well.identities, orkKey } })
    expect(parseDiscovery(file(seen, 's-discovery', 'discovery.json'))).toMatchObject({ value: { orkPublicKey: null } })
  })
})

describe('refreshing', () => {
  const { files } = decideSite(well, 0)
  const pods = { dht: [pod('dht')], ork: [pod('ork')], appNode: [pod('app')], workers: [pod('w1'), pod('w2')] }
  const hears = (changes: Readonly<Record<string, string>>) =>
    heard([orkWorker(shardOf('r', ['m']))], { files: { ...files, ...changes } })
  const memory = (before: Readonly<Record<string, string>>) => ({
    refreshes: new Map(),
    files: { ...files, ...before },
    changedAtMs: {},
  })

  test('an ORK that runs what was written, or is not heard, is left alone', () => {
    for (const orkKnowledge of [hears({}), { kind: 'awaited' }, { kind: 'silent', problem: null }] as const) {
      expect(refreshes(decideSite(seenSite({ pods, orkKnowledge }), 0))).toEqual([])
    }
  })

  test.each(['roster', 'discovery', 'topic', 'admin'])(
    'an ORK that runs another %s is touched, and looked at again',
    (folder) => {
      const plan = decideSite(seenSite({ pods, orkKnowledge: hears({ [folder]: 'other' }) }), 0)
      expect(refreshes(plan).map((step) => step.pod.metadata.name)).toEqual(['ork'])
      expect(plan.againMs).toBe(2_000)
    },
  )

  test('a pod that does not run yet is left alone', () => {
    const starting = { ...pod('ork'), status: { phase: 'Pending' } }
    const seen = seenSite({ pods: { ...pods, ork: [starting] }, orkKnowledge: hears({ roster: 'other' }) })
    expect(refreshes(decideSite(seen, 0))).toEqual([])
  })

  test.each([
    ['admin', ['dht', 'app', 'w1', 'w2']],
    ['tokens', ['app']],
    ['discovery', ['app', 'w1', 'w2']],
    ['topic', ['w1', 'w2']],
    ['roster', []],
  ])('a change of %s since the last run touches %j at once', (folder, touched) => {
    const seen = seenSite({ pods, orkKnowledge: hears({}), memory: memory({ [folder]: 'before' }) })
    expect(refreshes(decideSite(seen, 0)).map((step) => step.pod.metadata.name)).toEqual(touched)
  })

  test('a pod that is heard of after a change is touched if it was there before, and not if it came later', () => {
    const at = Date.parse('2026-01-01T00:00:10Z')
    const created = (name: string, creationTimestamp: string) => {
      const { metadata, ...rest } = pod(name)
      return { ...rest, metadata: { ...metadata, creationTimestamp } }
    }
    const appNode = [created('old', '2026-01-01T00:00:08Z'), created('new', '2026-01-01T00:00:10Z')]
    const known = { ...memory({}), changedAtMs: { tokens: at } }
    const seen = seenSite({ pods: { ...pods, appNode }, orkKnowledge: hears({}), memory: known })
    expect(refreshes(decideSite(seen, 0)).map((step) => step.pod.metadata.name)).toEqual(['old'])
  })

  test('a second status token is a change of what pods have', () => {
    const { admin } = well.identities
    const data = { token: Buffer.from(`${'a'.repeat(43)}\n${'b'.repeat(43)}`).toString('base64') }
    const identities = { ...well.identities, admin: { ...admin, own: { ...admin.own!, data } } }
    const seen = seenSite({ pods, identities, orkKnowledge: hears({}), memory: memory({}) })
    expect(refreshes(decideSite(seen, 0)).map((step) => step.pod.metadata.name)).toEqual([
      'ork',
      'dht',
      'app',
      'w1',
      'w2',
    ])
  })

  test.each([
    ['tokens', ['app']],
    ['admin', ['dht', 'app', 'w1', 'w2']],
  ] as const)('%s that become of no use touch %j, and touch them again when they are good', (name, touched) => {
    const identity = well.identities[name]
    const spoilt = { ...well.identities, [name]: { ...identity, own: { ...identity.own!, data: {} } } }
    const bad = decideSite(seenSite({ pods, identities: spoilt, orkKnowledge: hears({}), memory: memory({}) }), 0)
    expect(refreshes(bad).map((step) => step.pod.metadata.name)).toEqual(touched)
    const after = { refreshes: new Map(), files: bad.files, changedAtMs: {} }
    const good = decideSite(seenSite({ pods, orkKnowledge: hears({}), memory: after }), 0)
    expect(refreshes(good).map((step) => step.pod.metadata.name)).toEqual(touched)
  })

  test('a status token that is changed while ORK is not heard touches ORK too: it may be what it is not heard for', () => {
    const seen = seenSite({
      pods,
      orkKnowledge: { kind: 'silent', problem: null },
      memory: memory({ admin: 'before' }),
    })
    expect(refreshes(decideSite(seen, 0)).map((step) => step.pod.metadata.name)).toContain('ork')
  })

  test('a pod of which nothing is heard is touched after 2, 6 and 14 s again, and then left alone', () => {
    const known = new Map<string, LastRefresh>()
    const values: string[] = []
    let before: Record<string, string> = { tokens: 'before' }
    let now = 0
    for (;;) {
      const seen = seenSite({ pods, orkKnowledge: hears({}), memory: { ...memory(before), refreshes: known } })
      const plan = decideSite(seen, now)
      for (const { pod: touched, remember, value } of refreshes(plan)) {
        values.push(`${now} ${touched.metadata.name} ${value.slice(16)}`)
        known.set(touched.metadata.uid!, remember)
      }
      before = {}
      if (plan.againMs === null) break
      now += plan.againMs
    }
    expect(values).toEqual(['0 app ', '2000 app .2', '6000 app .3', '14000 app .4'])
  })

  test('an App Node that was last touched for other tokens is touched by a program that has just started', () => {
    const marked = (value: string) => {
      const app = pod('app')
      return { ...app, metadata: { ...app.metadata, annotations: { 'mdk.io/refresh': value } } }
    }
    const touched = (value: string) =>
      refreshes(decideSite(seenSite({ pods: { ...pods, appNode: [marked(value)] }, orkKnowledge: hears({}) }), 0))
    const [step] = touched('0123456789abcdef.3')
    expect(step?.pod.metadata.name).toBe('app')
    expect(touched(`${step?.value}.2`)).toEqual([])
  })

  test('the first run of a program touches nothing', () => {
    expect(refreshes(decideSite(seenSite({ pods, orkKnowledge: hears({}) }), 0))).toEqual([])
  })
})
