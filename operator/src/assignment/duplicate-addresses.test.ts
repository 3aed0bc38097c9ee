import { describe, expect, test } from 'vitest'
import { driverFacts } from '../../../runtime/src/contract/index.ts'
import { apiVersion } from '../api/group.ts'
import type { MdkRack, MdkRackSpec } from '../api/v1alpha1/index.ts'
import { declaredDevices } from './declared-device.ts'
import { findDuplicateAddresses } from './duplicate-addresses.ts'

type Place = Omit<NonNullable<MdkRackSpec['devices']>[number], 'name'>

function rackOf(name: string, device: Place): MdkRack {
  const metadata = { name, namespace: 'mines', uid: name, resourceVersion: '1', generation: 1, creationTimestamp: '' }
  const spec = { siteRef: { name: 's' }, driver: 'miner-whatsminer', devices: [{ name: 'm', ...device }] }
  return { apiVersion, kind: 'MdkRack', metadata, spec }
}

const duplicatesOf = (...places: readonly Place[]) =>
  findDuplicateAddresses(
    places.flatMap((place, index) => declaredDevices(rackOf('abc'[index] ?? '', place), driverFacts)),
  )

describe('two devices have one address', () => {
  test.each<readonly [string, Place, Place]>([
    ['if host names differ in letter case only', { address: 'Miner-1.Hall' }, { address: 'miner-1.hall' }],
    ["if one leaves the driver's port out", { address: '10.0.0.1' }, { address: '10.0.0.1', port: 4028 }],
    ['if an IPv6 address is written in two ways', { address: 'FD00:0:0::01' }, { address: 'fd00::1' }],
    [
      'if a unit id is written in two ways',
      { address: 'h', options: { unitId: '3' } },
      { address: 'h', options: { unitId: '03' } },
    ],
  ])('%s', (_, first, second) => {
    expect([...duplicatesOf(first, second)]).toMatchObject([['b.m', { name: 'm', keptBy: 'a.m' }]])
  })

  test.each<readonly [string, Place, Place]>([
    ['port', { address: 'h', port: 4028 }, { address: 'h', port: 4029 }],
    ['unit', { address: 'h', options: { unitId: '3' } }, { address: 'h', options: { unitId: '30' } }],
    ['host', { address: '10.0.0.1' }, { address: '10.0.0.10' }],
  ])('but not if they differ in %s', (_, first, second) => {
    expect(duplicatesOf(first, second).size).toBe(0)
  })

  test('and of three the first keeps it, whatever the others are', () => {
    const found = duplicatesOf({ address: 'h' }, { address: 'H', port: 4028 }, { address: 'h' })
    expect([...found].map(([id, { keptBy, address }]) => [id, keptBy, address])).toEqual([
      ['b.m', 'a.m', 'h:4028'],
      ['c.m', 'a.m', 'h:4028'],
    ])
  })
})
