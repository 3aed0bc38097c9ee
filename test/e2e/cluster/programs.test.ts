import { expect, test } from 'vitest'
import { chooseKubectl, type KubectlSurroundings } from './programs.ts'

const everything: KubectlSurroundings = { platform: 'linux', built: '/built', ofNode: '/of-node', onPath: '/on-path' }

test("on Linux the cluster's own kubectl goes before one on PATH, which may be years older", () => {
  expect(chooseKubectl(everything)).toBe('/built')
  expect(chooseKubectl({ ...everything, built: undefined })).toBe('/of-node')
  expect(chooseKubectl({ ...everything, built: undefined, ofNode: undefined })).toBe('/on-path')
})

test('elsewhere the kubectl of Linux nodes can not run, so that it has to be on PATH', () => {
  expect(chooseKubectl({ ...everything, platform: 'darwin' })).toBe('/on-path')
  expect(chooseKubectl({ ...everything, platform: 'darwin', onPath: undefined })).toBeUndefined()
})
