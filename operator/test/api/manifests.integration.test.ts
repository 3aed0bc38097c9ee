import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../../../test/e2e/cluster/command.ts'
import { ensureKubernetesBinary } from '../../../test/e2e/cluster/programs.ts'
import { silentProgress } from '../../../test/e2e/cluster/progress.ts'
import { permissions } from '../../src/controllers/permissions.ts'
import { type Cluster, crds, pathOf, readManifests, root, type Stored, startCluster } from './cluster.ts'
import type { Answer } from './rest-client.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster.stop())

describe('manifests', () => {
  test.each(crds)(
    '$metadata.name is stored as it is written: nothing is filled in, dropped or put in order',
    async (crd) => {
      const stored = (await cluster.api.send('GET', pathOf(crd))).body as Stored
      const metadata = without(stored.metadata, [
        'uid',
        'resourceVersion',
        'generation',
        'creationTimestamp',
        'managedFields',
      ])
      expect({ ...without(stored, ['status']), metadata }).toStrictEqual(crd)
    },
  )

  test.each(crds)('$metadata.name fits into the annotation of a client-side apply', (crd) => {
    expect(JSON.stringify(crd).length).toBeLessThan(256 * 1024)
  })

  test('the demo is the same with kustomize', async () => {
    const { path } = await ensureKubernetesBinary(silentProgress)
    const command = ['kubectl', 'kustomize', join(root, 'manifests/samples/demo')]
    const built = loadAll((await runCommand(path, command, { timeoutMs: 20_000 })).stdout) as Stored[]
    const byPath = (objects: Stored[]) => Object.fromEntries(objects.map((object) => [pathOf(object), object]))
    expect(byPath(built)).toEqual(byPath(readManifests('manifests/samples/demo.yaml')))
  })

  test.each(['manifests/install.yaml', 'manifests/samples/hello.yaml', 'manifests/samples/demo.yaml'])(
    '%s can be applied, and applied again without any change',
    async (path) => {
      const objects = readManifests(path)
      const applyAll = async () => {
        const applied: Answer[] = []
        for (const object of objects) applied.push(await cluster.api.apply(pathOf(object), object))
        return applied.map(({ status, body }) => ({ status, ...(body as Stored).metadata }))
      }
      for (const { status } of await applyAll()) expect([200, 201]).toContain(status)
      // The API server stores the default of `status` with the second write of an object, not with the first.
      const before = await applyAll()
      expect(await applyAll()).toEqual(before)
    },
  )
})

function without(fields: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}

describe('the account of the operator', () => {
  const own = 'mdk-system'
  const granted = permissions
    .filter(({ where }) => where !== 'outside')
    .flatMap((block) => block.permissions.map((permission) => ({ ...permission, where: block.where })))

  async function isAllowed(attributes: Readonly<Record<string, string>>): Promise<boolean> {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: `system:serviceaccount:${own}:mdk-operator`, resourceAttributes: attributes },
    }
    const { body } = await cluster.api.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review)
    return (body as { status: { allowed: boolean } }).status.allowed
  }

  beforeAll(async () => {
    for (const object of readManifests('manifests/install.yaml')) await cluster.api.apply(pathOf(object), object)
  })

  test.each(granted)('may $verbs $resource', async ({ group, resource: path, verbs, where }) => {
    const [resource = '', subresource = ''] = path.split('/')
    const namespace = where === 'own' ? own : 'some-site'
    for (const verb of verbs) {
      expect(await isAllowed({ namespace, group, resource, subresource, verb })).toBe(true)
    }
  })

  test.each([
    { namespace: 'some-site', group: 'apps', resource: 'statefulsets', verb: 'delete' },
    { namespace: 'some-site', group: 'mdk.io', resource: 'mdksites', verb: 'patch' },
    { namespace: 'some-site', group: '', resource: 'pods', verb: 'create' },
    { namespace: 'some-site', group: '', resource: 'pods', subresource: 'exec', verb: 'create' },
    { namespace: 'some-site', group: '', resource: 'services', subresource: 'proxy', verb: 'get' },
    { namespace: 'some-site', group: 'coordination.k8s.io', resource: 'leases', verb: 'get' },
    { group: '', resource: 'nodes', verb: 'get' },
  ])('may not $verb $group/$resource $subresource in $namespace', async (attributes) => {
    expect(await isAllowed(attributes)).toBe(false)
  })
})
