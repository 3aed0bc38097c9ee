import { expect, test } from 'vitest'
import { heard } from '../../test/controllers/samples.ts'
import { findRegistered } from './device-findings.ts'

const totals = { assigned: 2, registered: 1, healthy: 1, missing: ['r.m2'], sick: [], outdated: [], trouble: null }
const known = '1 of 2 assigned devices are registered with ORK; not yet: r.m2'
const diagnosis = (about: 'discovery' | 'peer') =>
  heard([], { diagnosis: { code: 'C', about, cause: 'a cause', remedy: 'a remedy' } })

test("a cause that all workers of a site share explains any worker's missing devices, one of some workers only the site's", () => {
  expect(findRegistered(totals, heard([]), null).message).toBe(known)
  expect(findRegistered(totals, diagnosis('discovery'), null).message).toBe(`${known}; ORK says: a cause; a remedy`)
  expect(findRegistered(totals, diagnosis('peer'), null).message).toBe(known)
})

test("what keeps a worker's pod from running explains its missing devices better than ORK can", () => {
  const troubled = { ...totals, trouble: "pod p: its image i can't be pulled" }
  expect(findRegistered(troubled, diagnosis('discovery'), null).message).toBe(`${known}; ${troubled.trouble}`)
})

test('devices that are registered need no explanation', () => {
  const all = { ...totals, registered: 2, missing: [] }
  expect(findRegistered(all, diagnosis('discovery'), null).message).not.toContain('ORK says')
})
