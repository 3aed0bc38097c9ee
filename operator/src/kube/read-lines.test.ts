import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLines } from './read-lines.ts'

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (const size of [...sizes, bytes.length]) {
    yield await Promise.resolve(bytes.subarray(at, at + size))
    at += size
  }
}

test('lines come out whole, wherever the bytes are cut', async () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'))
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 20 }), cuts, async (lines, sizes) => {
      const bytes = new TextEncoder().encode(lines.map((text) => `${text}\n`).join(''))
      expect(await Array.fromAsync(readLines(chunksOf(bytes, sizes)))).toEqual(lines)
    }),
  )
})

test('an unfinished line at the end is dropped, and so are empty ones', async () => {
  const bytes = new TextEncoder().encode('one\n\ntwo\n{"cut')
  expect(await Array.fromAsync(readLines(chunksOf(bytes, [2, 3])))).toEqual(['one', 'two'])
})

test('a line without an end is given up before memory is', async () => {
  async function* endless() {
    for (;;) yield await Promise.resolve(new Uint8Array(4 * 1024 * 1024).fill(97))
  }
  await expect(Array.fromAsync(readLines(endless()))).rejects.toThrow('a line has more than')
})
