import { expect, test } from 'vitest'
import { compareVersions } from './version.ts'

test('versions are compared number by number, not letter by letter', () => {
  expect(compareVersions('go1.9', 'go1.24')).toBeLessThan(0)
  expect(compareVersions('1.24.0', '1.24')).toBe(0)
  expect(compareVersions('v0.30.1', 'v0.30.0')).toBeGreaterThan(0)
})

test('what follows the numbers is not looked at, and no number at all is the oldest', () => {
  expect(compareVersions('go1.25rc1', '1.25')).toBe(0)
  expect(compareVersions('devel', '0.1')).toBeLessThan(0)
})
