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
  await before.open(command('done', { state: 'SUCCESS', result: { x: 1 }, updatedAt: clock.now() }))

  const after = new CommandBook(store, clock)
  const waiting = await after.recover()
  expect(waiting.map(({ commandId }) => commandId)).toEqual(['early', 'late'])
  expect(after.find('sent')).toMatchObject({ state: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' })
  expect(after.find('done')).toMatchObject({ state: 'SUCCESS', result: { x: 1 } })

  expect(await store.get('sent')).toMatchObject({ state: 'DISPATCHED' })
  await after.catchUp()
  expect(await store.get('sent')).toMatchObject({ state: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' })
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

test('a restart does not load what is too old to be asked for, and clears it from disk', async () => {
  const store = openMemoryStore()
  const clock = manualClock(0)
  await new CommandBook(store, clock).open(command('done', { state: 'SUCCESS', updatedAt: 0 }))
  await clock.advance(retention.forMs)
  const after = new CommandBook(store, clock)
  await after.recover()
  expect(after.find('done')).toBeUndefined()
  await after.clear()
  expect(await store.get('done')).toBeUndefined()
})

test('what a command was sent with is forgotten when it has ended, in memory and on disk', async () => {
  const store = openMemoryStore()
  const book = new CommandBook(store, manualClock())
  await book.open(command('c1', { params: { worker_password: 'secret' } }))
  expect(book.openChars).toBeGreaterThan(0)
  await book.settle('c1', { on: 'cancel' })
  expect(book.find('c1')?.params).toEqual({})
  expect(JSON.stringify(await store.get('c1'))).not.toContain('secret')
  expect(book.openChars).toBe(0)
})

test('of too many finished commands those that finished first are cleared', () => {
  const finished = Array.from({ length: retention.count + 2 }, (_, index) => ({
    command: command(`c${index}`, { state: 'SUCCESS', updatedAt: 100 }),
    chars: 1,
  }))
  expect(decideCleared(finished, 100)).toEqual(['c0', 'c1'])
})

test('of finished commands that are too large together those that finished first are cleared', () => {
  const finished = ['c0', 'c1', 'c2'].map((commandId) => ({
    command: command(commandId, { state: 'SUCCESS', updatedAt: 100 }),
    chars: retention.chars / 2,
  }))
  expect(decideCleared(finished, 100)).toEqual(['c0'])
})
