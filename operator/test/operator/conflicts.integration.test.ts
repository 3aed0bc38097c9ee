// What admission can't see, since it is between objects, or is not in the schema: told in a condition, with the remedy.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { rack, site, worker } from './declarations.ts'
import { type Lab, type Space, startLab } from './lab.ts'
import { conditionOf, readyOf, untilReason } from './ready.ts'
import type { RunningOperator } from './running-operator.ts'

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

const slow = { timeout: 30_000, interval: 100 }
const simulated = (...devices: object[]) => ({ driver: 'simulated', devices: devices as { name: string }[] })

async function restart(): Promise<void> {
  await operator.close()
  operator = await lab.startOperator()
}

describe('a worker that can do nothing is Stalled', () => {
  test.each([
    [
      'with a driver that this release lacks',
      { driver: 'miner-abacus' },
      'UnknownDriver',
      'there is no driver miner-abacus in this release; delete this MdkWorker and create one whose driver is one of: miner-whatsminer, simulated',
    ],
    [
      'with a model that its driver lacks',
      { driver: 'miner-whatsminer', model: 'M99' },
      'UnknownModel',
      'driver miner-whatsminer has no model M99; delete this MdkWorker and create one whose model is one of: M30SP',
    ],
  ])('%s', async (_, spec, reason, says) => {
    await space.apply(site('s'), worker('w', 's', spec))
    expect((await untilReason(space, ['MdkWorker', 'w', 'Stalled'], reason)).message).toContain(says)
    expect(await readyOf(space, 'MdkWorker', 'w')).toMatchObject({ status: 'False', reason })
  })

  test('under the worker id of an older one, and names it', async () => {
    await space.apply(site('s'), rack('b-c', 's', simulated({ name: 'm' })), rack('c', 's', simulated({ name: 'm' })))
    await space.apply(worker('a', 's', { driver: 'simulated', racks: { names: ['b-c'] } }))
    await vi.waitFor(async () => expect(await space.get('Deployment', 'a-b-c')).not.toBeNull(), slow)
    await space.apply(worker('a-b', 's', { driver: 'simulated', racks: { names: ['c'] } }))
    const { message } = await untilReason(space, ['MdkWorker', 'a-b', 'Stalled'], 'NameTaken')
    expect(message).toContain('the worker id a-b-c is that of MdkWorker a, which is older; rename this MdkWorker')
    await space.remove('MdkWorker', 'a')
    await vi.waitFor(async () => expect(await conditionOf(space, 'MdkWorker', 'a-b', 'Stalled')).toBeUndefined(), slow)
  })
})

describe('a device that nobody serves says why in its rack', () => {
  test.each([
    ['an unknown driver', { driver: 'miner-abacus' }, 'UnknownDriver', 'there is no driver miner-abacus'],
    ['no address where one is needed', { driver: 'miner-whatsminer' }, 'Incomplete', 'give the device an address'],
    ['no worker', { driver: 'simulated' }, 'NoWorker', 'create an MdkWorker with driver simulated'],
  ])('%s', async (_, device, reason, says) => {
    await space.apply(site('s'), rack('r', 's', { devices: [{ name: 'm', ...device }] }))
    await untilReason(space, ['MdkRack', 'r', 'DevicesAssigned'], 'DevicesUnassigned')
    const [unassigned] = (await space.get('MdkRack', 'r'))?.status?.unassignedDevices ?? []
    expect(unassigned).toMatchObject({ name: 'm', reason })
    expect(unassigned?.message).toContain(says)
  })

  test('and a rack that a worker names and that is not there is waited for by its name', async () => {
    await space.apply(site('s'), worker('w', 's', { driver: 'simulated', racks: { names: ['r', 'q'] } }))
    expect((await untilReason(space, ['MdkWorker', 'w', 'Ready'], 'RackNotFound')).message).toMatch(/: q, r$/)
    await space.apply(rack('q', 's', simulated()), rack('r', 's', simulated()))
    await untilReason(space, ['MdkWorker', 'w', 'Ready'], 'NoDevices')
  })
})

describe('an address that two racks claim', () => {
  test('stays with the older under edits and restarts, and goes to the other when the older goes', async () => {
    const miner = (address: string, more: object = {}) => ({
      driver: 'miner-whatsminer',
      model: 'M56S',
      devices: [{ name: 'm', address, ...more }],
    })
    const servedOf = async (name: string) => (await space.get('MdkRack', name))?.status?.devices?.assigned
    // The younger has the lower name, so that it would win if age didn't count.
    await space.apply(site('s'), worker('w', 's', { driver: 'miner-whatsminer' }), rack('z', 's', miner('FD00::A')))
    const born = (await space.get('MdkRack', 'z'))!.metadata.creationTimestamp
    // Kubernetes counts an object's age in whole seconds.
    await vi.waitUntil(() => Date.now() >= Date.parse(born) + 1_000)
    await space.apply(rack('a', 's', miner('fd00:0:0::a', { port: 4028 })))
    const { message } = await untilReason(space, ['MdkRack', 'a', 'Conflict'], 'DuplicateAddress')
    expect(message).toContain('z.m')
    expect(message).toContain('[fd00::a]:4028')
    expect(await conditionOf(space, 'MdkRack', 'a', 'Stalled')).toMatchObject({ reason: 'Conflict' })

    await space.apply(rack('z', 's', miner('fd00::a', { options: { note: 'edited' } })))
    await restart()
    await space.apply(rack('a', 's', miner('fd00::000a', { options: { note: 'edited too' } })))
    await vi.waitFor(async () => {
      const { generation } = (await space.get('MdkRack', 'a'))!.metadata
      expect((await space.get('MdkRack', 'a'))?.status?.observedGeneration).toBe(generation)
    }, slow)
    expect(await conditionOf(space, 'MdkRack', 'a', 'Conflict')).toMatchObject({ reason: 'DuplicateAddress' })
    expect([await servedOf('z'), await servedOf('a')]).toEqual([1, 0])

    await space.remove('MdkRack', 'z')
    await vi.waitFor(async () => expect(await servedOf('a')).toBe(1), slow)
    expect(await conditionOf(space, 'MdkRack', 'a', 'Conflict')).toBeUndefined()
  })
})

describe('a device that two workers claim', () => {
  test('stays with the older over a restart of the operator, and both are named', async () => {
    await space.apply(site('s'), rack('r', 's', simulated({ name: 'm' })), worker('z', 's', { driver: 'simulated' }))
    const born = (await space.get('MdkWorker', 'z'))!.metadata.creationTimestamp
    await vi.waitUntil(() => Date.now() >= Date.parse(born) + 1_000)
    await space.apply(worker('a', 's', { driver: 'simulated' }))
    const claimed = () => untilReason(space, ['MdkWorker', 'a', 'Conflict'], 'DeviceClaimed')
    expect((await claimed()).message).toContain('served by MdkWorker z, which is older: r.m; narrow racks or model')
    await restart()
    await claimed()
    expect(await conditionOf(space, 'MdkWorker', 'z', 'Conflict')).toBeUndefined()
    expect(await space.get('Deployment', 'a-r')).toBeNull()
  })
})
