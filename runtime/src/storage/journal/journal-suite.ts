import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StoreError } from '../store.ts'
import type { Journal, JournalEntry, OpenedJournal } from './journal.ts'

/** A place that a journal is opened at, again and again, one at a time. */
export interface JournalPlace {
  open(): Promise<OpenedJournal>
}

/** What every journal does. `place` gives a new one. */
export function journalSuite(name: string, place: () => JournalPlace): void {
  describe(name, () => {
    let here: JournalPlace
    let opened: OpenedJournal
    let journal: Journal
    const open = async () => {
      opened = await here.open()
      journal = opened.journal
    }
    /** What is there after the journal was closed and opened again. */
    const reopened = async (): Promise<readonly JournalEntry[]> => {
      await journal.close()
      await open()
      return opened.entries
    }
    beforeEach(async () => {
      here = place()
      await open()
    })
    afterEach(() => journal.close())

    test('a journal at a new place is new and empty, and neither when it is opened again', async () => {
      expect(opened).toMatchObject({ isNew: true, entries: [], mayLackWrites: false })
      await journal.write('a', { n: 1 })
      await reopened()
      expect(opened).toMatchObject({ isNew: false, entries: [{ key: 'a' }], mayLackWrites: false })
    })

    test('a record comes back as it was written', async () => {
      const record = { text: 'ü\u{1F600}\n', list: [1, { deep: null }], flag: false }
      await journal.write('kéy/\u{1F600}', record)
      expect(await reopened()).toEqual([{ key: 'kéy/\u{1F600}', record }])
    })

    test('a record may be given as its JSON', async () => {
      await journal.write('a', '{"n":1}')
      expect(await reopened()).toEqual([{ key: 'a', record: { n: 1 } }])
    })

    test('the latest record of a key counts, and entries come in the order of the last writes', async () => {
      await journal.write('a', { n: 1 })
      await journal.write('b', { n: 2 })
      await journal.write('a', { n: 3 })
      await journal.write('c', { n: 4 })
      const entries = [
        { key: 'b', record: { n: 2 } },
        { key: 'a', record: { n: 3 } },
        { key: 'c', record: { n: 4 } },
      ]
      expect(await reopened()).toEqual(entries)
      expect(await reopened()).toEqual(entries)
    })

    test('writes called one after the other without waiting end in the order of the calls', async () => {
      const writes = Array.from({ length: 600 }, (_, n) => journal.write(`key-${n % 3}`, { n }))
      await Promise.all(writes)
      expect(await reopened()).toEqual([
        { key: 'key-0', record: { n: 597 } },
        { key: 'key-1', record: { n: 598 } },
        { key: 'key-2', record: { n: 599 } },
      ])
    })

    test('a record that changes after the call does not change in the journal', async () => {
      const record = { n: 1 }
      const write = journal.write('a', record)
      record.n = 2
      await write
      expect(await reopened()).toEqual([{ key: 'a', record: { n: 1 } }])
    })

    test('what is written after its key was forgotten is there, whether or not the write before was awaited', async () => {
      const first = journal.write('a', { n: 1 })
      journal.forget('a')
      await Promise.all([first, journal.write('a', { n: 2 })])
      journal.forget('a')
      await journal.write('a', { n: 3 })
      expect(await reopened()).toEqual([{ key: 'a', record: { n: 3 } }])
    })

    test('forgetting a key takes no other along, and a key that was never written changes nothing', async () => {
      await Promise.all([journal.write('a', { n: 1 }), journal.write('b', { n: 2 })])
      journal.forget('a')
      journal.forget('never')
      expect(await reopened()).toContainEqual({ key: 'b', record: { n: 2 } })
    })

    test.each([
      ['no object', 'text'],
      ['an array', []],
      ['a function', () => 1],
      ['an object with a bigint', { n: 1n }],
      ['an object that says in JSON that it is a text', { toJSON: () => 'text' }],
      ['too long', { text: 'x'.repeat(16 * 1024 * 1024) }],
    ])('a record that is %s is refused, and those beside it are not', async (_, record) => {
      const writes = [journal.write('b', { n: 1 }), journal.write('a', record), journal.write('c', { n: 2 })]
      await expect(writes[1]).rejects.toThrow(TypeError)
      await Promise.all([writes[0], writes[2]])
      expect((await reopened()).map(({ key }) => key)).toEqual(['b', 'c'])
    })

    test.each([
      ['empty', ''],
      ['too long', 'ü'.repeat(513)],
      ['not well-formed', 'a\uD800'],
    ])('a key that is %s is refused', async (_, key) => {
      await expect(journal.write(key, {})).rejects.toThrow(TypeError)
      expect(await reopened()).toEqual([])
    })

    test('the longest key and a long record come back', async () => {
      const key = 'ü'.repeat(512)
      const record = { text: 'é'.repeat(4 * 1024 * 1024) }
      await Promise.all([journal.write('a', {}), journal.write(key, record), journal.write('b', {})])
      expect(await reopened()).toEqual([
        { key: 'a', record: {} },
        { key, record },
        { key: 'b', record: {} },
      ])
    })

    test('closing waits for the writes under way, and refuses later ones', async () => {
      const write = journal.write('a', { n: 1 })
      await journal.close()
      await expect(write).resolves.toBeUndefined()
      await expect(journal.write('b', { n: 1 })).rejects.toThrow(StoreError)
      await expect(journal.write('b', { n: 1 })).rejects.toThrow('is closed')
      journal.forget('a')
      await journal.close()
      expect(await reopened()).toEqual([{ key: 'a', record: { n: 1 } }])
    })
  })
}
