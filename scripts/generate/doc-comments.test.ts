import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readDocComments } from './doc-comments.ts'

const folder = mkdtempSync(join(tmpdir(), 'doc-comments-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

test('doc comments are found by constant and by property, on one line each', () => {
  const path = join(folder, 'module.ts')
  writeFileSync(
    path,
    "/** A\n * port. */\nexport const port = 1\nexport const names = {\n  /** The first. */\n  first: 'a',\n  'second-one': 'b',\n} as const\n",
  )
  expect(Object.fromEntries(readDocComments(path))).toEqual({
    port: 'A port.',
    names: '',
    'names.first': 'The first.',
    'names.second-one': '',
  })
})
