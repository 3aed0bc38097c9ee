import { expect, test } from 'vitest'
import { formatKept } from './format-kept.ts'

test('what stays in a Docker of our own is in the cache folder', () => {
  expect(formatKept('/cache', false)).toEqual([
    'kept for the next time: what was built and downloaded, in /cache and the caches of Go and npm',
  ])
})

test("what stays in somebody's own Docker is named, so that it can be removed", () => {
  const [, inDocker] = formatKept('/cache', true)
  for (const name of ['mdk-operator', 'mdk-runtime', 'mdk-cluster/*', 'kindest/node', 'network kind']) {
    expect(inDocker).toContain(name)
  }
})
