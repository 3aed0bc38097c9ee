import { expect, vi } from 'vitest'
import { type PermissionBlock, permissions, type Verb } from '../../src/controllers/permissions.ts'
import type { Cluster } from '../../src/kube/load-cluster.ts'
import { type Lab, requestToken, type Space } from './lab.ts'

/** One verb on one resource. */
export interface Right {
  readonly where: PermissionBlock['where']
  readonly group: string
  readonly resource: string
  readonly verb: Verb
}

/** Each that the permissions of the operator have, once. */
export const rights: readonly Right[] = [
  ...new Map(
    permissions.flatMap(({ where, permissions: granted }) =>
      granted.flatMap(({ group, resource, verbs }) =>
        verbs.map((verb) => [`${verb} ${group}/${resource}`, { where, group, resource, verb }] as const),
      ),
    ),
  ).values(),
]

/** As `kubectl` spells it: `deployments.apps`, `mdksites.mdk.io/status`. */
export function formatResource({ group, resource }: Right): string {
  const [plural = '', ...subresource] = resource.split('/')
  return [group === '' ? plural : `${plural}.${group}`, ...subresource].join('/')
}

const name = 'operator'
const rbac = 'rbac.authorization.k8s.io'

/** A service account that has these rights in the namespace and no others. */
export async function accountWith(lab: Lab, space: Space, granted: readonly Right[]): Promise<Cluster> {
  const post = (api: string, plural: string, body: object) =>
    lab.admin.request({ method: 'POST', path: `/${api}/namespaces/${space.name}/${plural}`, body })
  const rules = granted.map(({ group, resource, verb }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
  }))
  const subjects = [{ kind: 'ServiceAccount', name, namespace: space.name }]
  const roleRef = { apiGroup: rbac, kind: 'Role', name }
  await post('api/v1', 'serviceaccounts', { metadata: { name } })
  await post(`apis/${rbac}/v1`, 'roles', { metadata: { name }, rules })
  await post(`apis/${rbac}/v1`, 'rolebindings', { metadata: { name }, roleRef, subjects })
  // The authorizer hears of a role a moment after it was made.
  await vi.waitFor(async () => expect(await isAllowed(lab, space, granted[0]!)).toBe(true), 10_000)
  return lab.asAccount(await requestToken(lab.admin, space.name, name))
}

async function isAllowed(lab: Lab, space: Space, { group, resource: of, verb }: Right): Promise<boolean> {
  const [resource, subresource] = of.split('/')
  const user = `system:serviceaccount:${space.name}:${name}`
  const resourceAttributes = { namespace: space.name, group, resource, subresource, verb }
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, resourceAttributes },
  }
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
  const review = (await lab.admin.request({ method: 'POST', path, body })) as { status: { allowed: boolean } }
  return review.status.allowed
}
