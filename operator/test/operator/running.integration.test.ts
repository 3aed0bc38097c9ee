import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { OrkStatus } from '../../../runtime/src/contract/index.ts'
import { annotations } from '../../src/api/group.ts'
import { secretText } from '../../src/resources/secret.ts'
import { rack, secret, site, worker } from './declarations.ts'
import { type Lab, type Space, startLab } from './lab.ts'
import { conditionOf, readyOf, untilReady, untilReason } from './ready.ts'
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

const declared = [
  site('s'),
  rack('r', 's', { driver: 'simulated', devices: [{ name: 'm1' }, { name: 'm2' }] }),
  worker('w', 's', { driver: 'simulated' }),
]

/** A site that runs. `twist` changes what its ORK would say. */
async function runSite(twist: (status: OrkStatus) => OrkStatus = (status) => status) {
  const pods = standInPods(space, lab.orks, 's', (status) => twist(status))
  await space.apply(...declared)
  return pods
}

const slow = { timeout: 30_000, interval: 100 }

describe("ORK's word", () => {
  test('is asked for with the token of the admin Secret', async () => {
    await untilReady(space, await runSite(), 's')
    const token = secretText((await space.get('Secret', 's-admin'))!, 'token')
    expect(lab.orks.tokens(`${space.name}/s`)[0]).toBe(token)
  })

  test('is asked for with the first of several tokens, whatever ends their lines', async () => {
    const pods = await runSite()
    await untilReady(space, pods, 's')
    const [first, second] = ['f'.repeat(43), 's'.repeat(43)]
    await space.apply(secret('s-admin', { token: `${first}\r\n${second}\r\n` }))
    lab.orks.say(`${space.name}/s`, null)
    await vi.waitFor(() => expect(lab.orks.tokens(`${space.name}/s`)[0]).toBe(first), slow)
    await untilReady(space, pods, 's')
  })

  test('of a sick device makes DevicesHealthy False and leaves Ready as it is', async () => {
    let unhealthy: string[] = []
    const twist = (status: OrkStatus): OrkStatus => ({
      ...status,
      workers: status.workers.map((one) => ({ ...one, unhealthy })),
    })
    const pods = await runSite(twist)
    await untilReady(space, pods, 's')
    unhealthy = ['r.m2']
    await pods.catchUp()
    await untilReason(space, ['MdkSite', 's', 'DevicesHealthy'], 'DevicesUnhealthy')
    await untilReason(space, ['MdkRack', 'r', 'DevicesHealthy'], 'DevicesUnhealthy')
    expect(await readyOf(space, 'MdkSite', 's')).toMatchObject({ status: 'True' })
    expect((await space.get('MdkWorker', 'w'))?.status?.devices).toEqual({ assigned: 2, registered: 2, healthy: 1 })
  })

  test('of why nobody is found is the message of Ready, and goes when it is over', async () => {
    const found = {
      code: 'DnsDown',
      about: 'discovery',
      cause: 'no name server answers',
      remedy: 'see CoreDNS',
    } as const
    let diagnosis: OrkStatus['diagnosis'] = null
    const pods = await runSite((status) => ({ ...status, diagnosis }))
    await untilReady(space, pods, 's')
    diagnosis = found
    await pods.catchUp()
    await untilReason(space, ['MdkSite', 's', 'DiscoveryReady'], 'Impaired')
    expect(await readyOf(space, 'MdkSite', 's')).toMatchObject({
      status: 'False',
      reason: 'Impaired',
      message: 'no name server answers; see CoreDNS',
    })
    diagnosis = null
    await untilReady(space, pods, 's')
  })

  test('under another key than declared is OrkKeyMismatch', async () => {
    const other = 'e'.repeat(64)
    const pods = await runSite((status) => ({ ...status, publicKey: other }))
    await vi.waitFor(async () => {
      await pods.catchUp()
      expect(await conditionOf(space, 'MdkSite', 's', 'OrkAvailable')).toMatchObject({ reason: 'OrkKeyMismatch' })
    }, slow)
    expect((await conditionOf(space, 'MdkSite', 's', 'OrkAvailable'))?.message).toContain(other)
  })

  test('that is missing for 15 s makes what it would say Unknown, and the counts stay', async () => {
    await untilReady(space, await runSite(), 's')
    lab.orks.say(`${space.name}/s`, null)
    await untilReason(space, ['MdkSite', 's', 'OrkAvailable'], 'StatusUnreachable')
    await untilReason(space, ['MdkRack', 'r', 'DevicesRegistered'], 'StatusUnreachable')
    await untilReason(space, ['MdkWorker', 'w', 'DevicesRegistered'], 'StatusUnreachable')
    const devices = { declared: 2, assigned: 2, registered: 2, healthy: 2 }
    expect((await space.siteStatus('s')).devices).toEqual(devices)
    expect((await space.get('MdkRack', 'r'))?.status?.devices).toEqual(devices)
  })
})

describe('the files of a pod', () => {
  async function startPod(component: string, labels: Record<string, string> = {}): Promise<string> {
    const name = `${component}-pod`
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { 'mdk.io/site': 's', 'app.kubernetes.io/component': component, ...labels } },
      spec: { containers: [{ name: component, image: 'none' }] },
    }
    await space.apply(pod)
    await space.patchStatus('Pod', name, { phase: 'Running' })
    return name
  }
  const touched = async (name: string) => (await space.get('Pod', name))?.metadata.annotations?.[annotations.refresh]

  test('are refreshed until ORK runs the roster that was written', async () => {
    let files: Record<string, string> | null = null
    const pods = await runSite((status) => ({ ...status, files: files ?? status.files }))
    await untilReady(space, pods, 's')
    const name = await startPod('ork')
    files = { roster: '0'.repeat(16) }
    await pods.catchUp()
    const first = await vi.waitFor(async () => {
      const value = await touched(name)
      expect(value).toMatch(/^[0-9a-f]{16}$/)
      return value
    }, slow)
    await vi.waitFor(async () => expect(await touched(name)).toBe(`${first}.2`), slow)
    files = null
    await pods.catchUp()
  })

  test('are refreshed when a worker runs another list than the one that was written', async () => {
    let revision: string | null = null
    const twist = (status: OrkStatus): OrkStatus => ({
      ...status,
      workers: status.workers.map((one) => ({ ...one, revision: revision ?? one.revision })),
    })
    const pods = await runSite(twist)
    await untilReady(space, pods, 's')
    const name = await startPod('worker', { 'mdk.io/worker': 'w', 'mdk.io/shard': 'r' })
    revision = '0'.repeat(16)
    await pods.catchUp()
    await vi.waitFor(async () => expect(await touched(name)).toMatch(/^[0-9a-f]{16}/), slow)
  })

  test('are refreshed at once when tokens change', async () => {
    await untilReady(space, await runSite(), 's')
    const name = await startPod('app-node')
    // What is younger than a second mounts the new ones.
    await delay(1_100)
    await space.patch('Secret', 's-app-node-tokens', { stringData: { read: 'n'.repeat(30) } })
    await vi.waitFor(async () => expect(await touched(name)).toMatch(/^[0-9a-f]{16}$/), slow)
  })
})

describe('conflicts', () => {
  test('a device that two workers claim goes to the older, and the other says so', async () => {
    await untilReady(space, await runSite(), 's')
    // Ages count in whole seconds, and of one age the lower name wins: `x` comes after `w` either way.
    await space.apply(worker('x', 's', { driver: 'simulated' }))
    const conflict = await vi.waitFor(async () => {
      const found = await conditionOf(space, 'MdkWorker', 'x', 'Conflict')
      expect(found).toMatchObject({ status: 'True', reason: 'DeviceClaimed' })
      return found
    }, slow)
    expect(conflict?.message).toContain('MdkWorker w')
    expect(await readyOf(space, 'MdkWorker', 'x')).toMatchObject({ status: 'True', reason: 'NoDevices' })
    await space.remove('MdkWorker', 'w')
    await vi.waitFor(async () => expect(await space.get('Deployment', 'x-r')).not.toBeNull(), slow)
  })

  test('an address that two devices have stalls the rack of the younger, and is given free by its edit', async () => {
    const devices = (address: string) => [{ name: 'm', address }]
    await space.apply(
      site('s'),
      rack('r1', 's', { driver: 'simulated', devices: devices('10.0.0.1') }),
      rack('r2', 's', { driver: 'simulated', devices: devices('10.0.0.1') }),
      worker('w', 's', { driver: 'simulated' }),
    )
    await untilReason(space, ['MdkRack', 'r2', 'Conflict'], 'DuplicateAddress')
    expect((await space.get('MdkRack', 'r2'))?.status?.unassignedDevices).toMatchObject([
      { name: 'm', reason: 'Conflict' },
    ])
    await space.apply(rack('r2', 's', { driver: 'simulated', devices: devices('10.0.0.2') }))
    await vi.waitFor(async () => {
      expect(await conditionOf(space, 'MdkRack', 'r2', 'Conflict')).toBeUndefined()
      expect((await space.get('MdkRack', 'r2'))?.status?.devices?.assigned).toBe(1)
    }, slow)
  })

  test("a name that somebody else's object has stalls the worker, and the object is not touched", async () => {
    await space.apply(secret('w-r-key', { mine: 'yes' }), ...declared)
    const condition = await untilReason(space, ['MdkWorker', 'w', 'Stalled'], 'NameTaken')
    expect(condition.message).toContain('Secret w-r-key')
    expect(Object.keys((await space.get('Secret', 'w-r-key'))?.data ?? {})).toEqual(['mine'])
    await space.remove('Secret', 'w-r-key')
    await vi.waitFor(async () => expect(await space.get('Deployment', 'w-r')).not.toBeNull(), slow)
  })
})

describe('what is changed behind the back of the operator', () => {
  test('a child that is deleted or edited is put right', async () => {
    await untilReady(space, await runSite(), 's')
    await space.remove('Service', 's-ork')
    await vi.waitFor(async () => expect(await space.get('Service', 's-ork')).not.toBeNull(), slow)
    await space.patch('Deployment', 'w-r', { spec: { replicas: 3 } })
    await vi.waitFor(async () => expect((await space.get('Deployment', 'w-r'))?.spec?.replicas).toBe(1), slow)
  })

  test('a caller that is written into the roster is thrown out', async () => {
    await untilReady(space, await runSite(), 's')
    const before = (await space.get('ConfigMap', 's-roster'))?.data
    const intruder = JSON.stringify({ version: 1, workers: [], callers: [{ name: 'x', publicKey: 'f'.repeat(64) }] })
    await space.patch('ConfigMap', 's-roster', { data: { 'roster.json': intruder } })
    await vi.waitFor(async () => expect((await space.get('ConfigMap', 's-roster'))?.data).toEqual(before), slow)
  })

  test("a worker's key that is deleted is made again, and the roster follows", async () => {
    await untilReady(space, await runSite(), 's')
    const before = secretText((await space.get('Secret', 'w-r-key'))!, 'publicKey')
    await space.remove('Secret', 'w-r-key')
    const after = await vi.waitFor(async () => {
      const publicKey = secretText((await space.get('Secret', 'w-r-key')) ?? {}, 'publicKey')
      expect(publicKey).toMatch(/^[0-9a-f]{64}$/)
      expect(publicKey).not.toBe(before)
      return publicKey!
    }, slow)
    await vi.waitFor(async () => {
      expect((await space.get('ConfigMap', 's-roster'))?.data?.['roster.json']).toContain(after)
    }, slow)
  })
})

describe('an allowed caller', () => {
  test('is on the roster without a restart', async () => {
    await untilReady(space, await runSite(), 's')
    const { generation } = (await space.get('Deployment', 's-ork'))!.metadata
    const noc = { name: 'noc', publicKey: 'a'.repeat(64) }
    await space.apply(site('s', { ork: { allowedCallers: [noc] } }))
    await vi.waitFor(async () => {
      expect((await space.get('ConfigMap', 's-roster'))?.data?.['roster.json']).toContain(noc.publicKey)
    }, slow)
    expect((await space.get('Deployment', 's-ork'))?.metadata.generation).toBe(generation)
  })
})

test('none of this needed a right that the manifest does not give', async () => {
  expect(await operator.denied()).toBe(0)
})
