import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('a registry without a cluster whose nodes could pull from it is refused before anything is made', () => {
  const up = [join(import.meta.dirname, 'up.ts'), '--registry', 'registry.example/mdk']
  const { status, stdout, stderr } = spawnSync(process.execPath, up, { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain('--registry needs --context')
})
