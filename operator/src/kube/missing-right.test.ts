import { describe, expect, test } from 'vitest'
import { errorOfAnswer } from './parse-answer.ts'

const asked = { method: 'PATCH', path: '/apis/apps/v1/namespaces/mines/deployments/s-ork' }
const errorOf = (message: string) =>
  errorOfAnswer(asked, 403, undefined, JSON.stringify({ kind: 'Status', reason: 'Forbidden', message }))
const remedy =
  'its role is not the one of this release: apply manifests/install.yaml again, or upgrade the Helm release'

describe('a 403', () => {
  test.each([
    [
      'of the authorizer names verb, resource and namespace',
      'deployments.apps "s-ork" is forbidden: User "system:serviceaccount:mdk-system:mdk-operator" cannot patch resource "deployments" in API group "apps" in the namespace "mines"',
      'the operator may not patch deployments.apps in namespace mines',
    ],
    [
      'for a subresource names it',
      'mdksites.mdk.io "s" is forbidden: User "u" cannot patch resource "mdksites/status" in API group "mdk.io" in the namespace "mines"',
      'the operator may not patch mdksites.mdk.io/status in namespace mines',
    ],
    [
      'for the whole cluster names no namespace',
      'secrets is forbidden: User "u" cannot list resource "secrets" in API group "" at the cluster scope',
      'the operator may not list secrets',
    ],
    [
      'for an owner that is given to an object asks for the right to delete the object',
      'persistentvolumeclaims "s-ork" is forbidden: cannot set an ownerRef on a resource you can\'t delete: , <nil>',
      'the operator may not delete persistentvolumeclaims',
    ],
    [
      'for an owner that blocks deletion asks for the right to its finalizers',
      'services "s-ork" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can\'t set finalizers on: , <nil>',
      'the operator may not update mdksites.mdk.io/finalizers and mdkworkers.mdk.io/finalizers',
    ],
  ])('%s, and says what to do', (_, message, says) => {
    const error = errorOf(message)
    expect(error.explanation).toBe(`${says}; ${remedy}`)
    expect(error.message).toBe(`PATCH ${asked.path}: 403 ${error.explanation}`)
    expect(error.missingRight).not.toBeNull()
  })

  test('of a quota stays in the words of the API server', () => {
    const error = errorOf(
      'pods "x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1',
    )
    expect(error.missingRight).toBeNull()
    expect(error.explanation).toMatch(/^pods "x" is forbidden: exceeded quota/)
  })
})
