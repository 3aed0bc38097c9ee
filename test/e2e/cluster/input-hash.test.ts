import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashFolder, hashInputs } from './input-hash.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mdk-hash-'))
  await mkdir(join(folder, 'sub'))
  await writeFile(join(folder, 'sub', 'a'), '1')
})
afterAll(() => rm(folder, { recursive: true }))

test('parts that only look the same when joined have different hashes', () => {
  expect(hashInputs(['ab', 'c'])).not.toBe(hashInputs(['a', 'bc']))
  expect(hashInputs(['a', 'b'])).not.toBe(hashInputs(['b', 'a']))
  expect(hashInputs(['a'])).toBe(hashInputs([Buffer.from('a')]))
})

test('a folder has another hash when a file changes, is renamed or added, and the same when it is put back', async () => {
  const before = await hashFolder(folder)
  await writeFile(join(folder, 'sub', 'a'), '2')
  const changed = await hashFolder(folder)
  await writeFile(join(folder, 'b'), '')
  const added = await hashFolder(folder)
  await rm(join(folder, 'b'))
  await writeFile(join(folder, 'sub', 'a'), '1')
  expect(new Set([before, changed, added]).size).toBe(3)
  expect(await hashFolder(folder)).toBe(before)
})
