import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeviceEntry } from '../contract/device-list.ts'
import { diffDevices } from './diff-devices.ts'

const entry = (id: string, fault = 'none'): DeviceEntry => ({
  id,
  driver: 'simulated',
  model: null,
  address: null,
  port: null,
  options: { fault, note: 'x' },
  credentials: {},
})

describe('diffDevices', () => {
  it('tells the added, the removed and the changed apart', () => {
    const before = [entry('a'), entry('b'), entry('c')]
    const after = [entry('d'), entry('c'), entry('b', 'slow')]
    expect(diffDevices(before, after)).toEqual({ removed: ['a'], changed: [entry('b', 'slow')], added: [entry('d')] })
  })

  it('sees no change in the order of entries or of their fields', () => {
    const turned = { ...entry('a'), options: { note: 'x', fault: 'none' } }
    expect(diffDevices([entry('a'), entry('b')], [entry('b'), turned])).toEqual({ removed: [], changed: [], added: [] })
  })

  it('leads from any list to any other', () => {
    const list = fc.uniqueArray(
      fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), fault: fc.constantFrom('none', 'slow') }),
      { selector: ({ id }) => id },
    )
    fc.assert(
      fc.property(list, list, (from, to) => {
        const [before, after] = [from, to].map((each) => each.map(({ id, fault }) => entry(id, fault)))
        const { removed, changed, added } = diffDevices(before ?? [], after ?? [])
        const result = new Map(before?.map((each) => [each.id, each]))
        for (const id of removed) result.delete(id)
        for (const each of [...changed, ...added]) result.set(each.id, each)
        expect([...result.keys()].sort()).toEqual(after?.map(({ id }) => id).sort())
        for (const each of after ?? []) expect(result.get(each.id)).toEqual(each)
      }),
    )
  })
})
