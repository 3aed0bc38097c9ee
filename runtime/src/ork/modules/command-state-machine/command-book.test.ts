import { expect, test } from 'vitest'
import { aCommand } from '../../../../test/ork/a-command.ts'
import { memoryJournal } from '../../../../test/storage/memory-journal.ts'
import { type ManualClock, manualClock } from '../../../machine/manual-clock.ts'
import { StoreError } from '../../../storage/store.ts'
import { CommandBook } from './command-book.ts'
import { usualRetention } from './command-history.ts'
import type { Command } from './machine.ts'

/** A book over records that outlast it. */
function bookOver(
  texts: Map<string, string>,
  { clock = manualClock(), disk = { writable: true }, retention = usualRetention } = {},
) {
  const opened = memoryJournal(texts)
  const ended: Command[] = []
  const journal = {
    ...opened.journal,
    write: (key: string, record: object | string) =>
      disk.writable ? opened.journal.write(key, record) : Promise.reject(new StoreError('disk full')),
  }
  const onEnd = (command: Command) => void ended.push(command)
  const book = new CommandBook({ journal, clock, retention, onEnd })
  return { book, opened, ended, disk }
}

async function add(book: CommandBook, command: Command, recorded = command.sentTo) {
  await book.write(command, recorded)
  return book.add(command, recorded)
}

const sentTo = { publicKey: 'k1', instanceId: 'i1', since: 5 }

/** What a book that is opened anew over the records has. */
async function reopen(texts: Map<string, string>, clock?: ManualClock) {
  const { book, opened } = bookOver(texts, clock === undefined ? {} : { clock })
  return { book, open: await book.recover(opened) }
}

test('after a restart what has not ended is QUEUED oldest first, and says where it may have gone', async () => {
  const texts = new Map<string, string>()
  const { book } = bookOver(texts)
  await add(book, aCommand({ commandId: 'late', createdAt: 2, params: { pct: 1 } }))
  await add(book, aCommand({ commandId: 'sent' }), sentTo)
  expect((await reopen(texts)).open).toMatchObject([
    { commandId: 'sent', state: 'QUEUED', sentTo },
    { commandId: 'late', state: 'QUEUED', sentTo: null, params: { pct: 1 } },
  ])
})

test('after a restart a command is still named by its request; a record of an early release names none', async () => {
  const texts = new Map<string, string>()
  await add(bookOver(texts).book, aCommand({ correlationId: 'request-1' }))
  expect((await reopen(texts)).open).toMatchObject([{ correlationId: 'request-1' }])
  for (const [key, text] of texts) texts.set(key, text.replace(',"correlationId":"request-1"', ''))
  expect((await reopen(texts)).open).toMatchObject([{ correlationId: null }])
})

test('after a power cut that may have taken writes, no command counts as never sent', async () => {
  const texts = new Map<string, string>()
  await add(bookOver(texts).book, aCommand())
  const { book, opened } = bookOver(texts)
  const maybe = { publicKey: '', instanceId: null, since: 1 }
  expect(await book.recover({ ...opened, mayLackWrites: true })).toMatchObject([{ sentTo: maybe }])
  // Nor after a kill that follows, when the journal lacks nothing.
  expect((await reopen(texts)).open).toMatchObject([{ sentTo: maybe }])
})

test('M5: a command has ended when that is written, and its parameters are nowhere then', async () => {
  const texts = new Map<string, string>()
  const { book, ended, disk } = bookOver(texts)
  const open = await add(book, aCommand({ params: { worker_password: 'secret' } }))
  disk.writable = false
  await expect(book.end(open, { on: 'cancel' })).rejects.toThrow(StoreError)
  expect([book.status('c1')?.status, ended, open.ending]).toEqual(['QUEUED', [], null])
  disk.writable = true
  await book.end(open, { on: 'cancel' })
  expect(book.status('c1')).toMatchObject({ status: 'FAILED', error: 'ERR_CANCELLED' })
  expect(ended).toHaveLength(1)
  expect([...texts.values()].join()).not.toContain('secret')
})

test('M5: an end that cannot be written stands, and counts when it can be', async () => {
  const texts = new Map<string, string>()
  const { book, disk } = bookOver(texts)
  const open = await add(book, aCommand({ state: 'EXECUTING' }))
  disk.writable = false
  await book.endSurely(open, { on: 'succeed', result: { x: 1 } })
  await book.catchUp()
  expect(book.status('c1')?.status).toBe('EXECUTING')
  disk.writable = true
  await book.catchUp()
  expect(book.status('c1')).toMatchObject({ status: 'SUCCESS', result: { x: 1 } })
  expect((await reopen(texts)).book.status('c1')).toMatchObject({ status: 'SUCCESS', result: { x: 1 } })
})

test('a command that ended too long ago is forgotten, in the journal too and also over a restart', async () => {
  const texts = new Map<string, string>()
  const clock = manualClock()
  const { book } = bookOver(texts, { clock })
  await book.end(await add(book, aCommand()), { on: 'cancel' })
  await add(book, aCommand({ commandId: 'waits' }))
  await clock.advance(usualRetention.forMs() - 1)
  expect((await reopen(texts, clock)).book.ended).toBe(1)
  await clock.advance(1)
  expect((await reopen(texts, clock)).book.ended).toBe(0)
  expect([...texts.keys()]).toEqual(['waits'])
})

test('a flood of commands does not wait for the sweep to be forgotten', async () => {
  const texts = new Map<string, string>()
  const { book } = bookOver(texts, { retention: { ...usualRetention, count: 10 } })
  for (let count = 0; count < 12; count += 1)
    await book.end(await add(book, aCommand({ commandId: `c${count}` })), { on: 'cancel' })
  expect([book.ended, book.status('c0'), texts.size]).toEqual([10, undefined, 10])
})

test('an idempotency key is known as long as its command is', async () => {
  const texts = new Map<string, string>()
  const clock = manualClock()
  const { book } = bookOver(texts, { clock })
  const fingerprint = 'f'
  await book.end(await add(book, aCommand({ idempotencyKey: 'k', fingerprint })), { on: 'cancel' })
  const again = (await reopen(texts, clock)).book
  expect(await again.keys.recall('ca', 'k', 'other')).toMatchObject({ error: 'ERR_IDEMPOTENCY_KEY_REUSED' })
  expect(again.keys.recall('cb', 'k', 'other')).toBeNull()
  await clock.advance(usualRetention.forMs())
  again.forgetOld()
  expect(again.keys.recall('ca', 'k', 'other')).toBeNull()
})

test('a key that was used again stays with the later command, also when a restart finds the earlier one once more', async () => {
  const texts = new Map<string, string>()
  const clock = manualClock()
  const { book } = bookOver(texts, { clock })
  await book.end(await add(book, aCommand({ idempotencyKey: 'k', fingerprint: 'f' })), { on: 'cancel' })
  const earlier = new Map(texts)
  await clock.advance(usualRetention.forMs())
  book.forgetOld()
  await add(book, aCommand({ commandId: 'c2', idempotencyKey: 'k', fingerprint: 'g' }))
  // What is forgotten is not always off the disk.
  const again = (await reopen(new Map([...earlier, ...texts]), clock)).book
  expect([again.ended, again.keys.find({ caller: 'ca', idempotencyKey: 'k' })?.commandId]).toEqual([0, 'c2'])
})

test('what releases before wrote is read, ended or not', async () => {
  const written = (commandId: string, change: object) => {
    const command = aCommand({ commandId, idempotencyKey: commandId, fingerprint: 'f', updatedAt: manualClock().now() })
    const record = { ...command, version: 2, ...change }
    return [commandId, JSON.stringify(record)] as const
  }
  const texts = new Map([
    written('c1', { state: 'OPEN', sentTo }),
    written('c2', { state: 'SUCCESS', result: { x: 1 } }),
  ])
  const { book, open } = await reopen(texts)
  expect(open).toMatchObject([{ commandId: 'c1', state: 'QUEUED', sentTo }])
  expect(book.status('c2')).toMatchObject({ status: 'SUCCESS', result: { x: 1 } })
  for (const key of ['c1', 'c2']) {
    expect(await book.keys.recall('ca', key, 'other')).toMatchObject({ error: 'ERR_IDEMPOTENCY_KEY_REUSED' })
  }
})

test('what a newer version wrote is refused', async () => {
  const texts = new Map([['c1', JSON.stringify({ version: 4 })]])
  await expect(reopen(texts)).rejects.toThrow(StoreError)
  await expect(reopen(texts)).rejects.toThrow('newer version')
})
