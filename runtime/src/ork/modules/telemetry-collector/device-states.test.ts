import { expect, test } from 'vitest'
import { judge } from './device-states.ts'

const unknown = { status: 'unknown' }
const online = { status: 'online', error: null }
const offline = { status: 'offline', error: 'no route' }

test('a device that is offline, in a state that nobody knows, or reports a fault is unhealthy', () => {
  const faulty = { status: 'online', error: 'fan 2 stands still' }
  const state = { well: online, gone: offline, faulty, odd: { status: 'maintenance' } }
  expect(judge({ state }, null)).toMatchObject({ unhealthy: ['faulty', 'gone', 'odd'], hasUnread: false })
})

test('a device is unhealthy until it has been read for the first time', () => {
  const first = judge({ state: { a: unknown, b: unknown } }, null)
  expect(first).toMatchObject({ unhealthy: ['a', 'b'], hasUnread: true })
  const second = judge({ state: { a: online, b: unknown } }, first)
  expect(second).toMatchObject({ unhealthy: ['b'], hasUnread: true })
  expect(judge({ state: { a: online, b: online } }, second)).toMatchObject({ unhealthy: [], hasUnread: false })
})

test('of a worker that was started anew what was known of its devices stays, until it has read them', () => {
  const before = judge({ state: { well: online, gone: offline } }, null)
  const anew = judge({ state: { well: unknown, gone: unknown, added: unknown } }, before)
  expect(anew).toMatchObject({ unhealthy: ['added', 'gone'], hasUnread: true })
  const read = judge({ state: { well: offline, gone: online, added: online } }, anew)
  expect(read).toMatchObject({ unhealthy: ['well'], hasUnread: false })
})
