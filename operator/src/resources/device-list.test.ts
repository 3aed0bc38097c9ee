import { expect, test } from 'vitest'
import { deviceListRevision, formatDeviceList } from '../../../runtime/src/contract/index.ts'
import { shardOf } from '../../test/controllers/samples.ts'
import { deviceListOf } from './device-list.ts'

test('a device list is formatted once, however often it is asked for', () => {
  const { devices } = shardOf('r', ['m1', 'm2'])
  const text = formatDeviceList(devices)
  const list = deviceListOf(devices)
  expect(Buffer.from(list.base64, 'base64').toString()).toBe(text)
  expect(list).toMatchObject({ revision: deviceListRevision(text), sizeBytes: text.length })
  expect(deviceListOf(devices)).toBe(list)
  expect(deviceListOf([...devices])).toEqual(list)
})
