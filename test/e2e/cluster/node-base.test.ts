import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseNodeVersion } from './node-base.ts'

test('the stand-in has the Node.js that the repository itself runs on', async () => {
  const packageJson = await readFile(join(import.meta.dirname, '../../../package.json'), 'utf8')
  expect(parseNodeVersion(packageJson)).toMatch(/^24\.\d+\.\d+$/)
})

test('an open version range is refused: two machines would build different images', () => {
  expect(() => parseNodeVersion('{"devDependencies": {"node": "^24"}}')).toThrow('no exact version')
})
