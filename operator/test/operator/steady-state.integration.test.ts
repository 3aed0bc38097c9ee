import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { rack, site, worker } from './declarations.ts'
import { type Lab, type Space, startLab } from './lab.ts'
import { untilReady } from './ready.ts'
import type { RunningOperator } from './running-operator.ts'
import { type StandInPods, standInPods } from './stand-in-pods.ts'

let lab: Lab
let space: Space
let pods: StandInPods
let operator: RunningOperator

beforeAll(async () => {
  lab = await startLab()
  operator = await lab.startOperator()
  space = await lab.namespace()
  pods = standInPods(space, lab.orks, 'steady')
  await space.apply(
    site('steady'),
    rack('rack-1', 'steady', { driver: 'simulated', devices: [{ name: 'm1' }, { name: 'm2' }] }),
    rack('rack-2', 'steady', { driver: 'simulated', devices: [{ name: 'm1' }] }),
    rack('rack-3', 'steady', { devices: [] }),
    worker('simulated', 'steady', { driver: 'simulated' }),
    worker('idle', 'steady', { driver: 'miner-whatsminer' }),
  )
  await untilReady(space, pods, 'steady')
})
afterAll(async () => {
  await operator.close()
  await lab.close()
})

/** Longer than the window in which counts wait to be written, and than the patience with a silent ORK. */
const longestDelayMs = 16_000
const watchedMs = 60_000
const watchedAfterRestartMs = 20_000

const writes = ['POST', 'PUT', 'PATCH', 'DELETE']

async function countWrites(): Promise<number> {
  const requests = await operator.requests()
  return writes.reduce((sum, method) => sum + (requests[method] ?? 0), 0)
}

async function resourceVersions(): Promise<Record<string, string>> {
  const kinds = [
    'MdkSite',
    'MdkRack',
    'MdkWorker',
    'Secret',
    'ConfigMap',
    'Deployment',
    'StatefulSet',
    'Service',
  ] as const
  const lists = await Promise.all(kinds.map((kind) => space.list(kind)))
  return Object.fromEntries(
    lists.flat().map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.resourceVersion ?? '']),
  )
}

/** No event tells that nothing will come; this waits for nothing on purpose. */
async function beIdle(ms: number): Promise<void> {
  await delay(ms)
}

test('a site that has converged costs no write and no read for a minute', { timeout: 120_000 }, async () => {
  await beIdle(longestDelayMs)
  const before = await operator.requests()
  const versions = await resourceVersions()
  await beIdle(watchedMs)
  expect(await operator.requests()).toEqual(before)
  expect(await resourceVersions()).toEqual(versions)
})

test('a restart of the operator writes nothing, and then costs nothing either', async () => {
  const versions = await resourceVersions()
  await operator.close()
  operator = await lab.startOperator()
  await vi.waitUntil(() => lab.orks.listeners(`${space.name}/steady`) > 0, { timeout: 10_000 })
  await beIdle(longestDelayMs)
  expect(await countWrites()).toBe(0)
  const before = await operator.requests()
  await beIdle(watchedAfterRestartMs)
  expect(await operator.requests()).toEqual(before)
  expect(await resourceVersions()).toEqual(versions)
})

test('a device that is added rewrites its device list and nothing that runs', async () => {
  const before = await resourceVersions()
  await space.patch('MdkRack', 'rack-1', { spec: { devices: [{ name: 'm1' }, { name: 'm2' }, { name: 'm3' }] } })
  await vi.waitFor(
    async () => {
      await pods.catchUp()
      expect((await space.get('MdkRack', 'rack-1'))?.status?.devices).toMatchObject({ declared: 3, registered: 3 })
    },
    { timeout: 20_000, interval: 100 },
  )
  const after = await resourceVersions()
  const changed = Object.keys(after).filter((name) => after[name] !== before[name] && !name.startsWith('Mdk'))
  expect(changed).toEqual(['Secret simulated-rack-1-devices'])
})
