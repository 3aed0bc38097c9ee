import { expect, test } from 'vitest'
import { createDeviceIndex } from './device-index.ts'

test('a device belongs to the first that claims it, and the second is told whose it is', () => {
  const index = createDeviceIndex()
  index.claim('a', ['d1', 'd2'])
  index.claim('b', ['d2', 'd3'])
  expect(index.ownerOf('d2')).toBe('a')
  expect(index.devicesOf('b')).toEqual(['d3'])
  expect(index.conflictsOf('b')).toEqual([{ deviceId: 'd2', owner: 'a' }])
  expect(index.conflictsOf('a')).toEqual([])
  expect(index.size).toBe(3)
})

test('a device that its owner drops goes to the next in line, who is named as affected', () => {
  const index = createDeviceIndex()
  index.claim('a', ['d1'])
  index.claim('b', ['d1'])
  index.claim('c', ['d1'])
  expect([...index.claim('a', [])]).toEqual(['b', 'c'])
  expect(index.ownerOf('d1')).toBe('b')
  expect([...index.release('c')]).toEqual([])
  expect([...index.release('b')]).toEqual([])
  expect(index.ownerOf('d1')).toBeUndefined()
  expect(index.size).toBe(0)
})

test('a worker that repeats its claim keeps its place and its devices', () => {
  const index = createDeviceIndex()
  index.claim('a', ['d1'])
  index.claim('b', ['d1'])
  index.claim('a', ['d1', 'd0'])
  expect(index.ownerOf('d1')).toBe('a')
  expect(index.devicesOf('a')).toEqual(['d1', 'd0'])
})
