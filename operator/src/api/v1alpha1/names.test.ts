import { describe, expect, test } from 'vitest'
import { deviceId, shardObjectNames, siteObjectNames, workerId } from './names.ts'

describe('names', () => {
  test('the longest site name makes names that Services, labels and Secrets can have', () => {
    const { ork, appNode, dht, peersService, ...others } = siteObjectNames('s'.repeat(40))
    for (const service of [ork, appNode, dht, peersService]) expect(service.length).toBeLessThanOrEqual(49)
    for (const name of Object.values(others)) expect(name.length).toBeLessThanOrEqual(63)
  })

  test('the longest worker and rack names make a worker id that is a DNS label', () => {
    const id = workerId('w'.repeat(31), 'r'.repeat(31))
    expect(id).toHaveLength(63)
    expect(Object.values({ ...shardObjectNames(id) }).map((name) => name.length)).toEqual([63, 67, 71])
  })

  test('no two objects of a site share a name with another object of their kind', () => {
    const names = Object.values({ ...siteObjectNames('s') })
    expect(new Set(names).size).toBe(names.length)
  })

  test('a device id tells rack and device apart at its first dot', () => {
    expect(deviceId('a-01', 'wm.1')).toBe('a-01.wm.1')
  })
})
