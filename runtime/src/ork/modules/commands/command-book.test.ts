import { expect, test } from 'vitest'
import { manualClock } from '../../../machine/manual-clock.ts'
import { openMemoryStore } from '../../../storage/memory-store.ts'
import { CommandBook, decideCleared, retention } from './command-book.ts'
import type { Command } from './machine.ts'

const command = (commandId: string, change: Partial<Command> = {}): Command => ({
  commandId,
  state: 'QUEUED',
  command: 'reboot',
  params: {},
  scope: 'device',
  deviceId: 'd1',
  workerId: 'w1',
  targets: null,
  requesterId: null,
  result: null,
  error: null,
  createdAt: 1,
  updatedAt: 1,
  expiresAt: 2,
  ...change,
})

test('after a restart what was QUEUED waits oldest first, what was sent is of unknown fate, what ended can be asked for', async () => {
  const store = openMemoryStore()
  const clock = manualClock()
  const before = new CommandBook(store, clock)
  await before.open(command('late', { createdAt: 2 }))
  await before.open(command('early'))
  await before.open(command('sent'))
  await before.save(before.advance('sent', { on: 'dispatch' }))
  before.advance('sent', { on: 'send' })
  await before.open(command('done', { state: 'SUCCESS', result: { x: 1 } }))

  const after = new CommandBook(store, clock)
  const waiting = await after.recover()
  expect(waiting.map(({ commandId }) => commandId)).toEqual(['early', 'late'])
  expect(after.find('sent')).toMatchObject({ state: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' })
  expect(after.find('done')).toMatchObject({ state: 'SUCCESS', result: { x: 1 } })

  const third = new CommandBook(store, clock)
  await third.recover()
  expect(third.find('sent')).toMatchObject({ state: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' })
})

test('a command that cannot be written is not known', async () => {
  const store = { ...openMemoryStore(), put: () => Promise.reject(new Error('disk full')) }
  const book = new CommandBook(store, manualClock())
  await expect(book.open(command('c1'))).rejects.toThrow('disk full')
  expect(book.find('c1')).toBeUndefined()
})

test('a finished command is cleared from memory and disk when its time is over, one that waits never is', async () => {
  const store = openMemoryStore()
  const clock = manualClock(0)
  const book = new CommandBook(store, clock)
  await book.open(command('done', { state: 'FAILED', updatedAt: 0 }))
  await book.open(command('waits', { updatedAt: 0 }))
  await clock.advance(retention.forMs - 1)
  await book.clear()
  expect(book.find('done')).toBeDefined()
  await clock.advance(1)
  await book.clear()
  expect(book.find('done')).toBeUndefined()
  expect(book.find('waits')).toBeDefined()
  expect(await store.get('done')).toBeUndefined()
})

test('of too many finished commands those that finished first are cleared', () => {
  const finished = Array.from({ length: retention.count + 2 }, (_, index) => command(`c${index}`, { updatedAt: 100 }))
  expect(decideCleared(finished, 100)).toEqual(['c0', 'c1'])
})
