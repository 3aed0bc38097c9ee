import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { kinds } from '../../src/api/group.ts'
import { rack, site, worker } from './declarations.ts'
import { type Lab, type Space, startLab } from './lab.ts'
import { readyOf, untilReady } from './ready.ts'
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

const declared = [
  site('hello'),
  rack('rack-1', 'hello', { driver: 'simulated', devices: [{ name: 'miner-1' }, { name: 'miner-2' }] }),
  worker('simulated', 'hello', { driver: 'simulated' }),
]

async function namesOf(space: Space): Promise<Record<string, string[]>> {
  const made = ['Secret', 'ConfigMap', 'Service', 'Deployment', 'StatefulSet'] as const
  const others = ['PersistentVolumeClaim', 'PodDisruptionBudget', 'NetworkPolicy'] as const
  const lists = await Promise.all(
    [...made, ...others].map(async (kind) => {
      const objects = await space.list(kind)
      const names = objects.map(({ metadata }) => metadata.name ?? '').filter((name) => name !== 'kube-root-ca.crt')
      return [kind, names.sort()] as const
    }),
  )
  return Object.fromEntries(lists)
}

describe('a hello site', () => {
  test('gets all its objects, and is Ready with every device registered once its pods are', async () => {
    const space = await lab.namespace()
    await space.apply(...declared)
    await untilReady(space, standInPods(space, lab.orks, 'hello'), 'hello')

    expect(await namesOf(space)).toEqual({
      Secret: [
        'hello-admin',
        'hello-app-node-key',
        'hello-app-node-tokens',
        'hello-ork-key',
        'hello-topic',
        'simulated-rack-1-devices',
        'simulated-rack-1-key',
      ],
      ConfigMap: ['hello-discovery', 'hello-roster'],
      Service: ['hello-app-node', 'hello-dht', 'hello-ork', 'hello-peers'],
      Deployment: ['hello-app-node', 'hello-ork', 'simulated-rack-1'],
      StatefulSet: ['hello-dht'],
      PersistentVolumeClaim: ['hello-ork'],
      PodDisruptionBudget: ['hello-dht'],
      NetworkPolicy: ['hello-app-node', 'hello-dht', 'hello-ork', 'hello-workers'],
    })
    const status = await space.siteStatus('hello')
    expect(status.devices).toEqual({ declared: 2, assigned: 2, registered: 2, healthy: 2 })
    expect(status.workers).toEqual({ desired: 1, ready: 1 })
    expect(status.conditions?.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['Ready', 'True', 'Serving'],
      ['IdentityReady', 'True', 'InUse'],
      ['DiscoveryReady', 'True', 'QuorumReady'],
      ['OrkAvailable', 'True', 'Available'],
      ['AppNodeAvailable', 'True', 'Available'],
      ['WorkersReady', 'True', 'AllReady'],
      ['DevicesRegistered', 'True', 'AllRegistered'],
      ['DevicesHealthy', 'True', 'AllHealthy'],
    ])
    expect(await space.events('IdentityGenerated')).toHaveLength(5)
  })

  test('converges when its site comes last, and every worker waits for it without an error', async () => {
    const space = await lab.namespace()
    await space.apply(...declared.slice(1))
    await vi.waitFor(async () => {
      expect(await readyOf(space, kinds.worker.kind, 'simulated')).toMatchObject({
        reason: 'WaitingForSite',
        status: 'False',
      })
      expect(await readyOf(space, kinds.rack.kind, 'rack-1')).toMatchObject({ reason: 'WaitingForSite' })
    }, 20_000)
    await space.apply(site('hello'))
    await untilReady(space, standInPods(space, lab.orks, 'hello'), 'hello')
    expect(await readyOf(space, kinds.worker.kind, 'simulated')).toMatchObject({ reason: 'AllRegistered' })
  })
})
