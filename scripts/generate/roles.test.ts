import { describe, expect, test } from 'vitest'
import { type PermissionBlock, permissions } from '../../operator/src/controllers/permissions.ts'
import { resources } from '../../operator/src/kube/resource.ts'
import { rulesOf } from './roles.ts'

const places: readonly PermissionBlock['where'][] = ['watched', 'own', 'outside']

describe('roles', () => {
  test.each(places)('a role of %s grants exactly what the permissions of that place say', (where) => {
    const wanted = permissions
      .filter((block) => block.where === where)
      .flatMap((block) =>
        block.permissions.flatMap(({ group, resource, verbs }) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      )
    const granted = rulesOf(where).flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    )
    expect(granted.sort()).toEqual([...new Set(wanted)].sort())
  })

  test('every kind that the operator knows is granted, and no other', () => {
    const granted = permissions
      .filter(({ where }) => where !== 'outside')
      .flatMap((block) => block.permissions.map(({ group, resource }) => `${group}/${resource.split('/')[0] ?? ''}`))
    const known = Object.values(resources).map(({ apiVersion, plural }) =>
      apiVersion === 'v1' ? `/${plural}` : `${apiVersion.split('/')[0] ?? ''}/${plural}`,
    )
    expect([...new Set(granted)].sort()).toEqual(known.sort())
  })

  test('nothing is granted by wildcard', () => {
    expect(JSON.stringify(places.map(rulesOf))).not.toContain('*')
  })

  test('permissions are in order and each has a reason', () => {
    const whos = permissions.map(({ who }) => who)
    expect(whos).toEqual([...whos].sort())
    for (const { reason } of permissions.flatMap((block) => block.permissions)) expect(reason).toMatch(/^[A-Z].+\.$/)
  })
})
