import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Entry, OpenStore, Range, Store } from './store.ts'

/** What every store does. `open` gives a fresh, empty one. */
export function storeSuite(name: string, open: () => Promise<OpenStore>): void {
  describe(name, () => {
    let store: OpenStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    test('a value comes back as it was put, until it is replaced or deleted', async () => {
      const value = { text: 'ü', list: [1, { deep: null }], flag: false }
      await store.put('a', value)
      expect(await store.get('a')).toEqual(value)
      await store.put('a', 'other')
      expect(await store.get('a')).toBe('other')
      await store.del('a')
      expect(await store.get('a')).toBeUndefined()
    })

    test('what was never put is undefined, and deleting it changes nothing', async () => {
      expect(await store.get('a')).toBeUndefined()
      await store.del('a')
      expect(await all(store)).toEqual([])
    })

    test('a value that changes after put does not change in the store', async () => {
      const value = { count: 1 }
      const put = store.put('a', value)
      value.count = 2
      await put
      expect(await store.get('a')).toEqual({ count: 1 })
    })

    test('a batch applies its changes in order', async () => {
      await store.put('gone', 1)
      await store.batch([
        { type: 'put', key: 'a', value: 1 },
        { type: 'del', key: 'gone' },
        { type: 'put', key: 'a', value: 2 },
        { type: 'put', key: 'b', value: 3 },
        { type: 'del', key: 'b' },
      ])
      expect(await all(store)).toEqual([{ key: 'a', value: 2 }])
    })

    test('a batch with a value that cannot be kept applies nothing', async () => {
      const changes = [
        { type: 'put', key: 'a', value: 1 },
        { type: 'put', key: 'b', value: undefined },
      ] as const
      await expect(store.batch(changes)).rejects.toThrow("the value of 'b' cannot be kept")
      expect(await all(store)).toEqual([])
    })

    test.each([null, undefined, () => 1, 1n])(
      'the value %s is refused, and the put beside it is not',
      async (value) => {
        const puts = [store.put('b', 1), store.put('a', value), store.put('c', 2)]
        await expect(puts[1]).rejects.toThrow(TypeError)
        await Promise.all([puts[0], puts[2]])
        expect(await keysOf(store)).toEqual(['b', 'c'])
      },
    )

    test('an empty key is refused', async () => {
      await expect(store.put('', 1)).rejects.toThrow('a key cannot be empty')
      await expect(store.get('')).rejects.toThrow('a key cannot be empty')
    })

    test('changes called one after the other without waiting end in the order of the calls', async () => {
      const puts = Array.from({ length: 600 }, (_, at) => store.put(`key-${at % 3}`, at))
      await Promise.all([...puts, store.del('key-2')])
      expect(await all(store)).toEqual([
        { key: 'key-0', value: 597 },
        { key: 'key-1', value: 598 },
      ])
    })

    test('entries come in the order of the bytes of their keys', async () => {
      const keys = ['b', 'a', 'ab', 'Z', 'é', 'a/b', '10', '9', '\u{1F600}', '\u{FFFD}']
      await Promise.all(keys.map((key) => store.put(key, key)))
      const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      expect(await keysOf(store)).toEqual(sorted)
      expect(await keysOf(store, { reverse: true })).toEqual(sorted.toReversed())
    })

    test('a range has its start, not its end, and no more than its limit', async () => {
      await Promise.all(['a', 'b', 'c', 'd'].map((key) => store.put(key, key)))
      expect(await keysOf(store, { from: 'b', to: 'd' })).toEqual(['b', 'c'])
      expect(await keysOf(store, { from: 'b' })).toEqual(['b', 'c', 'd'])
      expect(await keysOf(store, { to: 'c' })).toEqual(['a', 'b'])
      expect(await keysOf(store, { limit: 1 })).toEqual(['a'])
      expect(await keysOf(store, { from: 'b', reverse: true, limit: 2 })).toEqual(['d', 'c'])
    })

    test('entries being read do not show what changes meanwhile', async () => {
      await Promise.all(['a', 'b', 'c'].map((key) => store.put(key, 'old')))
      const seen: Entry[] = []
      for await (const entry of store.entries()) {
        seen.push(entry)
        await store.put('c', 'new')
        await store.put('d', 'new')
      }
      expect(seen).toEqual(['a', 'b', 'c'].map((key) => ({ key, value: 'old' })))
    })

    test('a sub-store has keys of its own, and none of its neighbours', async () => {
      const subs = ['a', 'a-b', 'a0', 'b'].map((name) => store.sub(name))
      await Promise.all(subs.map((sub, at) => sub.put('key', at)))
      for (const [at, sub] of subs.entries()) expect(await all(sub)).toEqual([{ key: 'key', value: at }])
      await subs[0]!.del('key')
      expect(await all(subs[0]!)).toEqual([])
      expect(await subs[1]!.get('key')).toBe(1)
    })

    test('ranges of a sub-store stay inside it', async () => {
      const sub = store.sub('a').sub('deep')
      await Promise.all(['x', 'y', 'z', '/', '\u{10FFFF}'].map((key) => sub.put(key, key)))
      await store.sub('a').sub('deeq').put('a', 1)
      expect(await keysOf(sub, { from: 'y' })).toEqual(['y', 'z', '\u{10FFFF}'])
      expect(await keysOf(sub, { to: 'y' })).toEqual(['/', 'x'])
      expect(await keysOf(sub, { reverse: true, limit: 1 })).toEqual(['\u{10FFFF}'])
    })

    test('a sub-store with an unusable name is refused', () => {
      expect(() => store.sub('A/b')).toThrow("'A/b' cannot name a sub-store")
    })

    test('closing waits for the changes under way, and refuses later ones', async () => {
      const put = store.put('a', 1)
      await store.close()
      await expect(put).resolves.toBeUndefined()
      await expect(store.put('b', 1)).rejects.toThrow('is closed')
      await expect(store.get('a')).rejects.toThrow('is closed')
      await store.close()
    })
  })
}

async function all(store: Store, range?: Range): Promise<Entry[]> {
  const found: Entry[] = []
  for await (const entry of store.entries(range)) found.push(entry)
  return found
}

async function keysOf(store: Store, range?: Range): Promise<string[]> {
  return (await all(store, range)).map(({ key }) => key)
}
