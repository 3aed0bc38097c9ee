import { expect, test } from 'vitest'
import { unhealthyIn } from './device-states.ts'

test('a device that is offline, in a state that nobody knows, or reports a fault is unhealthy', () => {
  const state = {
    well: { status: 'online', error: null },
    new: { status: 'unknown' },
    gone: { status: 'offline', error: 'no route' },
    faulty: { status: 'online', error: 'fan 2 stands still' },
    odd: { status: 'maintenance' },
  }
  expect(unhealthyIn({ state })).toEqual(['faulty', 'gone', 'odd'])
})
