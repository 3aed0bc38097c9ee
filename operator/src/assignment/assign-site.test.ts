import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DriverFacts, driverFacts } from '../../../runtime/src/contract/index.ts'
import { apiVersion } from '../api/group.ts'
import type { MdkRack, MdkRackSpec, MdkWorker, MdkWorkerSpec } from '../api/v1alpha1/index.ts'
import { type AssignmentInput, assignSite } from './assign-site.ts'
import type { Assignment } from './assignment.ts'

const site = 'texas-1'

function metadata(name: string, ageRank: number, labels: Record<string, string> = {}) {
  const creationTimestamp = `2026-01-01T00:00:0${ageRank}Z`
  return {
    name,
    namespace: 'mines',
    uid: `uid-${name}`,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp,
    labels,
  }
}

type RackOptions = Partial<MdkRackSpec> & { age?: number; labels?: Record<string, string>; site?: string }
function rack(name: string, { age = 0, labels = {}, site: name_ = site, ...spec }: RackOptions = {}): MdkRack {
  return {
    apiVersion,
    kind: 'MdkRack',
    metadata: metadata(name, age, labels),
    spec: { siteRef: { name: name_ }, ...spec },
  }
}

type WorkerOptions = Partial<MdkWorkerSpec> & { age?: number; site?: string }
function worker(name: string, { age = 0, site: name_ = site, ...spec }: WorkerOptions = {}): MdkWorker {
  return {
    apiVersion,
    kind: 'MdkWorker',
    metadata: metadata(name, age),
    spec: { siteRef: { name: name_ }, driver: 'simulated', ...spec },
  }
}

function assign(racks: MdkRack[], workers: MdkWorker[], drivers: readonly DriverFacts[] = driverFacts): Assignment {
  return assignSite({ site, racks, workers, drivers })
}

const whatsminer = { driver: 'miner-whatsminer', model: 'M56S' } as const

describe('who serves a device', () => {
  test('a worker without racks serves every rack of its site with its driver, a shard each', () => {
    const { workers } = assign(
      [
        rack('b', { driver: 'simulated', devices: [{ name: 'm1' }] }),
        rack('a', { driver: 'simulated', devices: [{ name: 'm1' }] }),
      ],
      [worker('sim')],
    )
    expect(workers.get('sim')?.shards.map(({ id, workerId }) => [id, workerId])).toEqual([
      ['a', 'sim-a'],
      ['b', 'sim-b'],
    ])
  })

  test('a device list entry carries what the rack declares, the driver and model of the rack filled in', () => {
    const devices = [{ name: 'wm-1', address: '10.1.2.3', options: { z: '1', a: '2' } }]
    const { workers } = assign([rack('a', { ...whatsminer, devices })], [worker('wm', { driver: whatsminer.driver })])
    expect(workers.get('wm')?.shards[0]?.devices).toEqual([
      {
        id: 'a.wm-1',
        driver: 'miner-whatsminer',
        model: 'M56S',
        address: '10.1.2.3',
        port: null,
        options: { a: '2', z: '1' },
        credentials: {},
      },
    ])
  })

  test("a device with a driver of its own doesn't take the rack's model", () => {
    const { workers } = assign(
      [rack('a', { ...whatsminer, devices: [{ name: 's', driver: 'simulated' }] })],
      [worker('sim')],
    )
    expect(workers.get('sim')?.shards[0]?.devices[0]?.model).toBeNull()
  })

  test('models are compared without regard to letter case', () => {
    const devices = [{ name: 'wm-1', model: 'm56s', driver: 'miner-whatsminer', address: 'h' }]
    const { racks } = assign([rack('a', { devices })], [worker('wm', whatsminer)])
    expect(racks.get('a')?.assigned).toEqual([{ deviceId: 'a.wm-1', workerId: 'wm-a' }])
  })

  test('racks and workers of another site are left out', () => {
    const result = assign(
      [rack('a', { site: 'other', driver: 'simulated', devices: [{ name: 'm' }] })],
      [worker('sim', { site: 'other' })],
    )
    expect(result.racks.size + result.workers.size).toBe(0)
  })

  test('a shard goes with the last device of its rack', () => {
    const { workers } = assign([rack('a', { driver: 'simulated', devices: [] })], [worker('sim')])
    expect(workers.get('sim')?.shards).toEqual([])
  })

  test('racks are chosen by label with every operator', () => {
    const racks = [
      rack('a', { labels: { row: '1', hot: '' }, driver: 'simulated', devices: [{ name: 'm' }] }),
      rack('b', { labels: { row: '2' }, driver: 'simulated', devices: [{ name: 'm' }] }),
      rack('c', { driver: 'simulated', devices: [{ name: 'm' }] }),
    ]
    const chosen = (selector: NonNullable<MdkWorkerSpec['racks']>['selector']) =>
      assign(racks, [worker('sim', { racks: { selector } })])
        .workers.get('sim')
        ?.shards.map(({ id }) => id)
    expect(chosen({})).toEqual(['a', 'b', 'c'])
    expect(chosen({ matchLabels: { row: '1' } })).toEqual(['a'])
    expect(chosen({ matchExpressions: [{ key: 'row', operator: 'In', values: ['1', '2'] }] })).toEqual(['a', 'b'])
    expect(chosen({ matchExpressions: [{ key: 'row', operator: 'NotIn', values: ['1'] }] })).toEqual(['b', 'c'])
    expect(chosen({ matchExpressions: [{ key: 'hot', operator: 'Exists' }] })).toEqual(['a'])
    expect(chosen({ matchExpressions: [{ key: 'row', operator: 'DoesNotExist' }] })).toEqual(['c'])
    expect(chosen({ matchLabels: { row: '1' }, matchExpressions: [{ key: 'hot', operator: 'DoesNotExist' }] })).toEqual(
      [],
    )
  })
})

describe('who is left over', () => {
  const unassigned = (devices: NonNullable<MdkRackSpec['devices']>, workers: MdkWorker[]) =>
    assign([rack('a-01', { devices })], workers).racks.get('a-01')?.unassigned

  test('a device whose model no worker serves is NoWorker and told what there is', () => {
    const devices = [{ name: 'wm-049', driver: 'miner-whatsminer', model: 'M53S', address: 'h' }]
    expect(unassigned(devices, [worker('wm', whatsminer)])).toEqual([
      {
        name: 'wm-049',
        reason: 'NoWorker',
        message: 'no worker of site texas-1 serves miner-whatsminer M53S in rack a-01 (there is M56S)',
      },
    ])
  })

  test('a device without a model is NoWorker where workers want one, and the sentence asks for it', () => {
    const devices = [{ name: 'wm', driver: 'miner-whatsminer', address: 'h' }]
    expect(unassigned(devices, [worker('wm', whatsminer)])?.[0]?.message).toBe(
      'no worker of site texas-1 serves miner-whatsminer without a model in rack a-01 (there is M56S); give the device a model',
    )
  })

  test('a device whose driver has no worker is told to create one', () => {
    expect(unassigned([{ name: 'm', driver: 'simulated' }], [])?.[0]?.message).toBe(
      'no worker of site texas-1 serves simulated without a model in rack a-01; create an MdkWorker with driver simulated',
    )
  })

  test('a device whose rack no worker takes in is told whose racks to widen', () => {
    const workers = [worker('sim', { racks: { names: ['b-01'] } })]
    expect(unassigned([{ name: 'm', driver: 'simulated' }], workers)?.[0]?.message).toBe(
      "no worker of site texas-1 serves simulated without a model in rack a-01 (sim doesn't take in this rack)",
    )
  })

  test('a driver that this release lacks makes a device UnknownDriver and its worker a problem', () => {
    const devices = [{ name: 'm', driver: 'miner-abacus' }]
    const { racks, workers } = assign([rack('a-01', { devices })], [worker('w', { driver: 'miner-abacus' })])
    expect(racks.get('a-01')?.unassigned[0]?.reason).toBe('UnknownDriver')
    expect(workers.get('w')?.problem?.reason).toBe('UnknownDriver')
  })

  test('a worker whose model its driver lacks is a problem and serves nothing', () => {
    const devices = [{ name: 'm', driver: 'miner-whatsminer', model: 'M99', address: 'h' }]
    const { racks, workers } = assign(
      [rack('a', { devices })],
      [worker('w', { driver: 'miner-whatsminer', model: 'M99' })],
    )
    expect(workers.get('w')?.problem?.reason).toBe('UnknownModel')
    expect(racks.get('a')?.unassigned[0]?.reason).toBe('NoWorker')
  })

  test('a device without the address that its driver needs is Incomplete', () => {
    expect(unassigned([{ name: 'm', ...whatsminer }], [worker('wm', whatsminer)])?.[0]?.reason).toBe('Incomplete')
  })
})

describe('conflicts', () => {
  test('of two workers that fit a device the older has it and the other is told so', () => {
    const { workers, racks } = assign(
      [rack('a', { driver: 'simulated', devices: [{ name: 'm' }] })],
      [worker('a-new', { age: 2 }), worker('z-old', { age: 1 })],
    )
    expect(racks.get('a')?.assigned).toEqual([{ deviceId: 'a.m', workerId: 'z-old-a' }])
    expect(workers.get('a-new')?.claims).toEqual([{ deviceId: 'a.m', servedBy: 'z-old' }])
    expect(workers.get('z-old')?.claims).toEqual([])
  })

  test('of two workers of one age the lower name has the device', () => {
    const { racks } = assign([rack('r', { driver: 'simulated', devices: [{ name: 'm' }] })], [worker('b'), worker('a')])
    expect(racks.get('r')?.assigned[0]?.workerId).toBe('a-r')
  })

  test("an address stays with the older rack, the driver's default port applied", () => {
    const { racks } = assign(
      [
        rack('new', { age: 2, ...whatsminer, devices: [{ name: 'm', address: 'Host-1', port: 4028 }] }),
        rack('old', { age: 1, ...whatsminer, devices: [{ name: 'm', address: 'host-1' }] }),
      ],
      [worker('wm', whatsminer)],
    )
    expect(racks.get('old')?.unassigned).toEqual([])
    expect(racks.get('new')?.duplicates).toEqual([{ name: 'm', address: 'host-1:4028', keptBy: 'old.m' }])
    expect(racks.get('new')?.unassigned).toEqual([
      {
        name: 'm',
        reason: 'Conflict',
        message: 'host-1:4028 is the address of device old.m already; correct one of the two',
      },
    ])
  })

  test('devices behind one address are told apart by options.unitId', () => {
    const devices = [
      { name: 'm1', address: 'h', options: { unitId: '1' } },
      { name: 'm2', address: 'h', options: { unitId: '2' } },
      { name: 'm3', address: 'h', options: { unitId: '2' } },
    ]
    const { racks } = assign([rack('a', { ...whatsminer, devices })], [worker('wm', whatsminer)])
    expect(racks.get('a')?.duplicates.map(({ name, keptBy }) => [name, keptBy])).toEqual([['m3', 'a.m2']])
  })

  test("a device that nobody could serve doesn't keep an address from one that can be", () => {
    const { racks } = assign(
      [
        rack('a', { age: 1, devices: [{ name: 'm', driver: 'miner-abacus', address: 'h', port: 4028 }] }),
        rack('b', { age: 2, ...whatsminer, devices: [{ name: 'm', address: 'h' }] }),
      ],
      [worker('wm', whatsminer)],
    )
    expect(racks.get('b')?.assigned).toHaveLength(1)
  })

  test('two shards of one worker id go to the older worker, the other keeps its devices and is told who has the name', () => {
    const { workers } = assign(
      [
        rack('b-c', { driver: 'simulated', devices: [{ name: 'm' }] }),
        rack('c', { driver: 'simulated', devices: [{ name: 'm' }] }),
      ],
      [worker('a', { age: 2, racks: { names: ['b-c'] } }), worker('a-b', { age: 1, racks: { names: ['c'] } })],
    )
    expect(workers.get('a-b')?.shards[0]).toMatchObject({ workerId: 'a-b-c', nameTakenBy: null })
    expect(workers.get('a')?.shards[0]).toMatchObject({ workerId: 'a-b-c', nameTakenBy: 'a-b' })
  })

  test('a rack that names a worker is missing, or of another site, is RackNotFound and the others are served', () => {
    const { workers } = assign(
      [rack('a', { driver: 'simulated', devices: [{ name: 'm' }] }), rack('b', { site: 'other' })],
      [worker('sim', { racks: { names: ['c', 'a', 'b'] } })],
    )
    expect(workers.get('sim')?.missingRacks).toEqual(['b', 'c'])
    expect(workers.get('sim')?.shards).toHaveLength(1)
  })

  test('beyond 256 racks a worker serves the oldest and says so, and the others are unassigned', () => {
    const racks = Array.from({ length: 257 }, (_, index) =>
      rack(`r${String(index).padStart(3, '0')}`, {
        age: index === 256 ? 1 : 2,
        driver: 'simulated',
        devices: [{ name: 'm' }],
      }),
    )
    const { workers, racks: places } = assign(racks, [worker('sim')])
    expect(workers.get('sim')?.problem?.reason).toBe('TooManyRacks')
    expect(workers.get('sim')?.shards).toHaveLength(256)
    expect(places.get('r256')?.assigned).toHaveLength(1)
    expect(places.get('r255')?.unassigned[0]?.message).toContain('(sim has 256 racks already)')
  })
})

describe('whatever is declared', () => {
  const names = fc.constantFrom('a', 'b', 'a-b', 'b-c', 'c', 'd')
  const drivers = fc.constantFrom('simulated', 'miner-whatsminer', 'miner-abacus')
  const model = fc.constantFrom(undefined, 'M56S', 'M53S', 'm53s')
  const device = fc.record(
    {
      name: fc.constantFrom('m1', 'm2', 'm3', 'm4'),
      driver: drivers,
      model,
      address: fc.constantFrom('h1', 'H1', 'h2'),
      port: fc.constantFrom(4028, 4029),
      options: fc.constantFrom({}, { unitId: '1' }),
    },
    { requiredKeys: ['name'] },
  )
  const labels = fc.constantFrom({}, { row: 'a' }, { row: 'b' })
  const age = fc.integer({ min: 0, max: 2 })
  const racks = fc
    .uniqueArray(fc.tuple(names, age, labels, drivers, fc.uniqueArray(device, { selector: (one) => one.name })), {
      selector: ([name]) => name,
    })
    .map((list) =>
      list.map(([name, age, labels, driver, devices]) => {
        const defined = devices.map((one) =>
          Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)),
        )
        return rack(name, { age, labels, driver, devices: defined as NonNullable<MdkRackSpec['devices']> })
      }),
    )
  const chosen = fc.constantFrom<MdkWorkerSpec['racks']>(
    undefined,
    { names: ['a', 'c'] },
    { selector: { matchLabels: { row: 'a' } } },
    { selector: {} },
  )
  const workers = fc
    .uniqueArray(fc.tuple(names, age, drivers, model, chosen), { selector: ([name]) => name })
    .map((list) =>
      list.map(([name, age, driver, model, racks]) =>
        worker(name, {
          age,
          driver,
          ...(model === undefined ? {} : { model }),
          ...(racks === undefined ? {} : { racks }),
        }),
      ),
    )
  const inputs: fc.Arbitrary<AssignmentInput> = fc.record({
    site: fc.constant(site),
    racks,
    workers,
    drivers: fc.constant(driverFacts),
  })

  test('a device has one worker or one reason, and no two workers have it', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const result = assignSite(input)
        for (const { metadata, spec } of input.racks) {
          const place = result.racks.get(metadata.name)!
          const accounted = [
            ...place.assigned.map(({ deviceId }) => deviceId),
            ...place.unassigned.map(({ name }) => `${metadata.name}.${name}`),
          ]
          expect(accounted.sort()).toEqual((spec.devices ?? []).map(({ name }) => `${metadata.name}.${name}`).sort())
        }
        const served = [...result.workers.values()].flatMap(({ shards }) =>
          shards.flatMap(({ devices }) => devices.map(({ id }) => id)),
        )
        expect(new Set(served).size).toBe(served.length)
        expect(served.sort()).toEqual(
          [...result.racks.values()].flatMap(({ assigned }) => assigned.map(({ deviceId }) => deviceId)).sort(),
        )
      }),
    )
  })

  test('the order of racks, workers and devices changes nothing', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const reversed = {
          ...input,
          racks: input.racks.toReversed().map((one) => ({
            ...one,
            spec: { ...one.spec, ...(one.spec.devices ? { devices: one.spec.devices.toReversed() } : {}) },
          })),
          workers: input.workers.toReversed(),
        }
        expect(normalise(assignSite(reversed))).toEqual(normalise(assignSite(input)))
      }),
    )
  })

  test('no worker id is run by two shards, and no two assigned devices have one address', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const shards = [...assignSite(input).workers.values()].flatMap((each) => each.shards)
        const running = shards.filter(({ nameTakenBy }) => nameTakenBy === null).map(({ workerId }) => workerId)
        expect(new Set(running).size).toBe(running.length)
        const addresses = shards
          .flatMap(({ devices }) => devices)
          .filter(({ address, driver }) => address !== null && driver === 'miner-whatsminer')
          .map(({ address, port, options }) => `${address!.toLowerCase()} ${port ?? 4028} ${options['unitId'] ?? ''}`)
        expect(new Set(addresses).size).toBe(addresses.length)
      }),
    )
  })

  test('a newcomer takes no device from a worker that is there', () => {
    fc.assert(
      fc.property(inputs, names, drivers, (input, name, driver) => {
        fc.pre(!input.workers.some(({ metadata }) => metadata.name === name))
        const newcomer = worker(name, { age: 9, driver })
        const before = assignSite(input)
        const after = assignSite({ ...input, workers: [...input.workers, newcomer] })
        for (const [key, { shards }] of before.workers) expect(after.workers.get(key)?.shards).toEqual(shards)
      }),
    )
  })
})

function normalise({ racks, workers }: Assignment) {
  return { racks: Object.fromEntries(racks), workers: Object.fromEntries(workers) }
}
