import { dump } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { keyPairOfSeed } from '../../../runtime/src/contract/index.ts'
import type { KubeObject, PodSpec } from '../kube/types.ts'
import { workerHost } from './addresses.ts'
import { desiredAppNodeDeployment } from './app-node-deployment.ts'
import { desiredDiscoveryConfigMap, desiredRosterConfigMap } from './config-maps.ts'
import { desiredDeviceListSecret } from './device-list-secret.ts'
import { desiredDhtDisruptionBudget } from './dht-disruption-budget.ts'
import { desiredDhtStatefulSet } from './dht-stateful-set.ts'
import { desiredAppNodeKeySecret, desiredOrkKeySecret, desiredWorkerKeySecret } from './key-secrets.ts'
import { desiredNetworkPolicies } from './network-policies.ts'
import { desiredOrkDeployment } from './ork-deployment.ts'
import { desiredOrkVolumeClaim } from './ork-volume-claim.ts'
import { desiredAppNodeService, desiredDhtService, desiredOrkService, desiredPeersService } from './services.ts'
import type { ShardFacts, SiteFacts } from './site-facts.ts'
import { desiredAdminSecret, desiredTokensSecret } from './token-secrets.ts'
import { desiredTopicSecret } from './topic-secret.ts'
import { desiredWorkerDeployment } from './worker-deployment.ts'

const site: SiteFacts = {
  name: 'texas-1',
  namespace: 'mines',
  uid: '11111111-2222-3333-4444-555555555555',
  deletionPolicy: 'RetainIdentity',
  image: 'mdk-runtime:0.1.0',
  clusterDomain: 'cluster.local',
}
const shard: ShardFacts = {
  site,
  worker: { name: 'whatsminer-m56s', uid: '66666666-7777-8888-9999-000000000000' },
  shard: 'a-01',
  workerId: 'whatsminer-m56s-a-01',
}
const software = { driver: 'miner-whatsminer', model: 'M56S' }
const orkPair = keyPairOfSeed('01'.repeat(32))
const appNodePair = keyPairOfSeed('02'.repeat(32))
const workerPair = keyPairOfSeed('03'.repeat(32))
const device = {
  id: 'a-01.wm-001',
  driver: 'miner-whatsminer',
  model: 'M56S',
  address: '10.1.2.3',
  port: null,
  options: {},
  credentials: {},
}
const [dhtPolicy, orkPolicy, appNodePolicy, workersPolicy] = desiredNetworkPolicies(site)

const objects: Readonly<Record<string, KubeObject | undefined>> = {
  'topic-secret': desiredTopicSecret(site, 'ab'.repeat(32)),
  'ork-key-secret': desiredOrkKeySecret(site, orkPair),
  'app-node-key-secret': desiredAppNodeKeySecret(site, appNodePair),
  'app-node-tokens-secret': desiredTokensSecret(site, { read: 'r'.repeat(43), command: 'c'.repeat(43) }),
  'admin-secret': desiredAdminSecret(site, 'a'.repeat(43)),
  'discovery-config-map': desiredDiscoveryConfigMap(site, {
    orkPublicKey: orkPair.publicKey,
    topicHash: '00112233aabbccdd',
  }),
  'roster-config-map': desiredRosterConfigMap(site, {
    workers: [
      {
        workerId: shard.workerId,
        publicKey: workerPair.publicKey,
        host: workerHost(site, shard.workerId),
        port: 49737,
      },
    ],
    callers: [{ name: 'app-node', publicKey: appNodePair.publicKey }],
  }),
  'dht-stateful-set': desiredDhtStatefulSet(site),
  'dht-service': desiredDhtService(site),
  'dht-disruption-budget': desiredDhtDisruptionBudget(site),
  'peers-service': desiredPeersService(site),
  'ork-deployment': desiredOrkDeployment(site, orkPair.publicKey),
  'ork-service': desiredOrkService(site),
  'ork-volume-claim': desiredOrkVolumeClaim(site, {
    size: '1Gi',
    storageClassName: 'fast',
    accessModes: ['ReadWriteOnce'],
  }),
  'app-node-deployment': desiredAppNodeDeployment(site, appNodePair.publicKey),
  'app-node-service': desiredAppNodeService(site),
  'dht-network-policy': dhtPolicy,
  'ork-network-policy': orkPolicy,
  'app-node-network-policy': appNodePolicy,
  'workers-network-policy': workersPolicy,
  'worker-deployment': desiredWorkerDeployment(shard, software, workerPair.publicKey),
  'worker-key-secret': desiredWorkerKeySecret(shard, workerPair),
  'worker-devices-secret': desiredDeviceListSecret(shard, [device]),
}

describe('desired objects', () => {
  test.each(Object.entries(objects))('%s is as agreed', async (name, object) => {
    await expect(dump(object, { noRefs: true, lineWidth: 120 })).toMatchFileSnapshot(`golden/${name}.yaml`)
  })

  test.each(Object.values(objects))('$kind $metadata.name carries the labels that it is found by', (object) => {
    expect(object?.metadata.labels).toMatchObject({
      'app.kubernetes.io/name': 'mdk',
      'app.kubernetes.io/managed-by': 'mdk-operator',
      'mdk.io/site': 'texas-1',
    })
    expect(object?.metadata.labels).not.toHaveProperty('app.kubernetes.io/instance')
  })
})

describe('what is left when a site goes', () => {
  const owned = (object: KubeObject) => object.metadata.ownerReferences !== undefined
  const retained = (facts: SiteFacts) => ({
    topic: !owned(desiredTopicSecret(facts, 'ab'.repeat(32))),
    orkKey: !owned(desiredOrkKeySecret(facts, orkPair)),
    appNodeKey: !owned(desiredAppNodeKeySecret(facts, appNodePair)),
    tokens: !owned(desiredTokensSecret(facts, { read: '', command: '' })),
    volume: !owned(desiredOrkVolumeClaim(facts, { size: '1Gi', storageClassName: undefined, accessModes: [] })),
  })

  test('RetainIdentity leaves topic and both keys', () => {
    expect(retained(site)).toEqual({ topic: true, orkKey: true, appNodeKey: true, tokens: false, volume: false })
  })

  test("RetainAll leaves ORK's volume too", () => {
    const facts = { ...site, deletionPolicy: 'RetainAll' } as const
    expect(retained(facts)).toEqual({ topic: true, orkKey: true, appNodeKey: true, tokens: false, volume: true })
  })

  test('Delete leaves nothing', () => {
    const facts = { ...site, deletionPolicy: 'Delete' } as const
    expect(retained(facts)).toEqual({ topic: false, orkKey: false, appNodeKey: false, tokens: false, volume: false })
  })
})

describe('pods', () => {
  const pods: [string, PodSpec | undefined][] = [
    ['dht', desiredDhtStatefulSet(site).spec?.template.spec],
    ['ork', desiredOrkDeployment(site, orkPair.publicKey).spec?.template.spec],
    ['app-node', desiredAppNodeDeployment(site, appNodePair.publicKey).spec?.template.spec],
    ['worker', desiredWorkerDeployment(shard, software, workerPair.publicKey).spec?.template.spec],
  ]

  test.each(pods)('%s passes the restricted Pod Security Standard', (_, pod) => {
    const user = { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } }
    expect(pod).toMatchObject({ securityContext: user })
    expect(pod?.containers.map((container) => container.securityContext)).toEqual([
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ])
  })

  test.each(pods)('%s uses volumes of the restricted kinds only', (_, pod) => {
    const allowed = ['secret', 'configMap', 'emptyDir', 'persistentVolumeClaim']
    const kinds = pod?.volumes?.flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name')) ?? []
    expect(kinds.filter((kind) => !allowed.includes(kind))).toEqual([])
  })

  test.each(pods)('%s holds no token of the API server and gets no secret by environment', (_, pod) => {
    expect(pod?.automountServiceAccountToken).toBe(false)
    for (const { valueFrom } of pod?.containers[0]?.env ?? []) {
      expect(Object.keys(valueFrom ?? { fieldRef: null })).toEqual(['fieldRef'])
    }
  })

  test.each(pods)('%s mounts whole folders, readable for its group and nobody else', (_, pod) => {
    for (const mount of pod?.containers[0]?.volumeMounts ?? []) expect(mount).not.toHaveProperty('subPath')
    const files = pod?.volumes?.flatMap(({ secret, configMap }) =>
      [secret, configMap].filter((one) => one !== undefined),
    )
    for (const source of files ?? []) expect(source.defaultMode).toBe(0o440)
  })

  test('a pod restarts for its own key and for nothing else that changes', () => {
    const template = (publicKey: string) => desiredWorkerDeployment(shard, software, publicKey).spec?.template
    expect(template(workerPair.publicKey)).not.toEqual(template(orkPair.publicKey))
    expect(template(workerPair.publicKey)).toEqual(template(workerPair.publicKey))
  })

  test('the longest names stay within what Kubernetes allows', () => {
    const longest = { ...site, name: 's'.repeat(40) }
    const id = `${'w'.repeat(31)}-${'r'.repeat(31)}`
    const facts = { site: longest, worker: { name: 'w'.repeat(31), uid: 'u' }, shard: 'r'.repeat(31), workerId: id }
    const deployment = desiredWorkerDeployment(facts, software, workerPair.publicKey)
    expect(deployment.spec?.template.spec?.hostname).toHaveLength(63)
    expect(desiredDhtService(longest).metadata.name!.length).toBeLessThanOrEqual(63)
    for (const value of Object.values(deployment.metadata.labels ?? {})) expect(value.length).toBeLessThanOrEqual(63)
  })
})
