import { expect, test } from 'vitest'
import { assign, heard, orkWorker, rack, rows, seenShard, worker } from '../../../test/controllers/samples.ts'
import { type MdkRack, rackConditions } from '../../api/v1alpha1/index.ts'
import type { Finding } from '../conditions.ts'
import type { SeenRack } from './seen-rack.ts'
import { rackStatus } from './status.ts'

const own = rack('r', { driver: 'simulated', devices: [{ name: 'm1' }, { name: 'm2' }] })
const simulated = worker('w', { driver: 'simulated' })

function seenRack(self: MdkRack = own, changes: Partial<SeenRack> = {}, workers = [simulated]): SeenRack {
  const assignment = assign([self], workers)
  const shards = [...assignment.workers.values()].flatMap((each) => each.shards)
  return {
    rack: self,
    siteExists: true,
    assignment: assignment.racks.get('r')!,
    shards: shards.map((shard) => seenShard(shard)),
    orkKnowledge: heard(shards.map((shard) => orkWorker(shard))),
    ...changes,
  }
}

const told = new Set<string>()

function find(seen: SeenRack, type: string): (Finding & { status: string }) | undefined {
  const found = rackStatus(seen).conditions.find((condition) => condition.type === type)
  if (found !== undefined) told.add(`${type} ${found.reason}`)
  return found
}

test('a rack whose devices are all registered is Ready', () => {
  const status = rackStatus(seenRack())
  expect(rows(status.conditions)).toEqual([
    'Ready True AllRegistered',
    'DevicesAssigned True AllAssigned',
    'DevicesRegistered True AllRegistered',
    'DevicesHealthy True AllHealthy',
  ])
  for (const { type, reason } of status.conditions) told.add(`${type} ${reason}`)
  expect(status.devices).toEqual({ declared: 2, assigned: 2, registered: 2, healthy: 2 })
  expect(status.unassignedDevices).toEqual([])
})

test('a rack that nobody has looked at is Unknown in all that is always listed', () => {
  expect(rows(rackStatus(seenRack(rack('r', {}, []))).conditions)).toEqual([
    'Ready Unknown Starting',
    'DevicesAssigned Unknown Starting',
    'DevicesRegistered Unknown Starting',
    'DevicesHealthy Unknown Starting',
    'Reconciling True Starting',
  ])
})

test('a rack whose site is gone has nothing registered, though its worker was not looked at yet', () => {
  const earlier = {
    id: 'r',
    workerId: 'w-r',
    assigned: 2,
    registered: 2,
    healthy: 2,
    ready: true,
    reason: 'Ready',
  } as const
  const shards = seenRack().shards.map((shard) => ({ ...shard, earlier }))
  const seen = seenRack(own, { siteExists: false, shards, orkKnowledge: { kind: 'absent' } })
  expect(rackStatus(seen).devices).toEqual({ declared: 2, assigned: 2, registered: 0, healthy: 0 })
})

test('a rack without devices is Ready', () => {
  const seen = seenRack(rack('r', { devices: [] }))
  for (const type of ['Ready', 'DevicesAssigned', 'DevicesRegistered', 'DevicesHealthy']) {
    expect(find(seen, type)).toMatchObject({ status: 'True', reason: 'NoDevices' })
  }
})

test('a rack without its site says of no part that depends on ORK how it is', () => {
  const status = rackStatus(seenRack(own, { siteExists: false, orkKnowledge: { kind: 'absent' } }))
  expect(status.devices).toMatchObject({ declared: 2, assigned: 2, registered: 0, healthy: 0 })
  expect(rows(status.conditions)).toEqual([
    'Ready False WaitingForSite',
    'DevicesAssigned True AllAssigned',
    'DevicesRegistered Unknown Starting',
    'DevicesHealthy Unknown Starting',
    'Reconciling True WaitingForSite',
  ])
})

test('a rack without its site waits', () => {
  expect(find(seenRack(own, { siteExists: false }), 'Ready')).toMatchObject({
    status: 'False',
    reason: 'WaitingForSite',
  })
})

test('devices that no worker serves are named, the first ten of them, with a reason', () => {
  const devices = Array.from({ length: 12 }, (_, at) => ({ name: `m${String(at).padStart(2, '0')}` }))
  const seen = seenRack(rack('r', { driver: 'simulated', devices }), {}, [])
  const { unassignedDevices = [] } = rackStatus(seen)
  expect(unassignedDevices.map(({ name }) => name)).toEqual(devices.slice(0, 10).map(({ name }) => name))
  expect(unassignedDevices.every(({ message = '' }) => message.length > 0 && message.length <= 256)).toBe(true)
  expect(find(seen, 'DevicesAssigned')).toMatchObject({ status: 'False', reason: 'DevicesUnassigned' })
  expect(find(seen, 'Ready')?.reason).toBe('DevicesUnassigned')
})

test('Ready of a rack with a device that cannot be served says what to do', () => {
  const seen = seenRack(rack('r', { driver: 'miner-whatsminer', devices: [{ name: 'm1' }] }), {}, [])
  expect(find(seen, 'Ready')?.message).toBe(
    '1 device is served by no worker: m1 (Incomplete); m1: miner-whatsminer reaches its devices over the network; give the device an address',
  )
})

test('two devices of one address stall the rack, and the other one is served', () => {
  const devices = [
    { name: 'm1', address: 'h', port: 1 },
    { name: 'm2', address: 'H', port: 1 },
  ]
  const seen = seenRack(rack('r', { driver: 'simulated', devices }))
  expect(find(seen, 'Conflict')).toMatchObject({ status: 'True', reason: 'DuplicateAddress' })
  expect(find(seen, 'Conflict')?.message).toContain('m2 has h:1 of device r.m1')
  expect(find(seen, 'Ready')).toMatchObject({ status: 'False', reason: 'Conflict' })
  expect(rows(rackStatus(seen).conditions)).toContain('Stalled True Conflict')
  expect(rackStatus(seen).devices).toEqual({ declared: 2, assigned: 1, registered: 1, healthy: 1 })
})

test('devices that ORK has not are DevicesNotRegistered, and sick ones DevicesUnhealthy', () => {
  const [shard] = seenRack().shards
  const missing = seenRack(own, { orkKnowledge: heard([orkWorker(shard!.shard, { devices: ['r.m1'] })]) })
  expect(find(missing, 'DevicesRegistered')).toMatchObject({ status: 'False', reason: 'DevicesNotRegistered' })
  const sick = seenRack(own, { orkKnowledge: heard([orkWorker(shard!.shard, { unhealthy: ['r.m1'] })]) })
  expect(find(sick, 'DevicesHealthy')).toMatchObject({ status: 'False', reason: 'DevicesUnhealthy' })
  expect(find(sick, 'Ready')?.status).toBe('True')
})

test('the silence of ORK makes what it would say Unknown', () => {
  const seen = seenRack(own, { orkKnowledge: { kind: 'silent', problem: null } })
  expect(find(seen, 'DevicesRegistered')?.reason).toBe('StatusUnreachable')
  expect(find(seen, 'DevicesHealthy')?.reason).toBe('StatusUnreachable')
})

test('every reason of the table has a test here', () => {
  const listed = Object.entries(rackConditions).flatMap(([type, { reasons }]) =>
    Object.keys(reasons).map((reason) => `${type} ${reason}`),
  )
  expect(listed.filter((row) => !told.has(row) && !row.endsWith(' Starting'))).toEqual([])
})
