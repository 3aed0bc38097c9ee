import { expect, test } from 'vitest'
import { memoryJournal } from '../../../../test/storage/memory-journal.ts'
import { openMemoryStore } from '../../../../test/storage/memory-store.ts'
import { StoreError } from '../../../storage/store.ts'
import { parseRecord } from './record.ts'
import { upgradeRows } from './upgrade-rows.ts'

const row = (commandId: string, change: object = {}) => ({
  version: 1,
  commandId,
  state: 'QUEUED',
  command: 'reboot',
  params: { pct: 1 },
  scope: 'device',
  deviceId: 'd1',
  workerId: 'w1',
  targets: null,
  requesterId: 'app-node',
  result: null,
  error: null,
  createdAt: 1,
  updatedAt: 2,
  expiresAt: 3,
  ...change,
})

test('commands from before there was a journal are in it then, and nowhere else', async () => {
  const [store, texts] = [openMemoryStore(), new Map<string, string>()]
  await store.put('waits', row('waits'))
  await store.put('sent', row('sent', { state: 'DISPATCHED' }))
  await store.put('done', row('done', { state: 'SUCCESS', result: { x: 1 }, params: {} }))
  const { entries } = await upgradeRows(store, memoryJournal(texts))
  expect(await Array.fromAsync(store.entries())).toEqual([])
  for (const found of [entries, memoryJournal(texts).entries]) {
    const commands = found.map(({ record }) => parseRecord(record))
    expect(commands).toMatchObject([
      { kind: 'ended', record: { commandId: 'done', status: 'SUCCESS', result: { x: 1 } } },
      { kind: 'ended', record: { commandId: 'sent', status: 'FAILED', error: 'ERR_COMMAND_FATE_UNKNOWN' } },
      { command: { commandId: 'waits', state: 'QUEUED', sentTo: null, params: { pct: 1 } } },
    ])
  }
})

test('a row that a kill has left behind does not replace what its command has come to since', async () => {
  const [store, texts] = [openMemoryStore(), new Map<string, string>()]
  await store.put('c1', row('c1'))
  const opened = memoryJournal(texts)
  await upgradeRows(openMemoryStore(), opened)
  await opened.journal.write('c1', { is: 'newer' })
  const { entries } = await upgradeRows(store, memoryJournal(texts))
  expect(entries).toEqual([{ key: 'c1', record: { is: 'newer' } }])
  expect(await store.get('c1')).toBeUndefined()
})

test('rows of a newer version are refused, and stay', async () => {
  const store = openMemoryStore()
  await store.put('c1', row('c1', { version: 2 }))
  await expect(upgradeRows(store, memoryJournal())).rejects.toThrow(StoreError)
  await expect(upgradeRows(store, memoryJournal())).rejects.toThrow('newer version')
  expect(await store.get('c1')).toBeDefined()
})
