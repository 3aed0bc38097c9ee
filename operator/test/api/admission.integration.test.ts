import { load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refusedCases } from './admission-cases.ts'
import { acceptedCases } from './cases/accepted-cases.ts'
import type { CaseKind, CaseObject } from './cases/admission-case.ts'
import { emptiedCases } from './cases/emptied-cases.ts'
import { refusedChanges } from './cases/refused-changes.ts'
import { wrongTypes } from './cases/wrong-types.ts'
import { type Cluster, collection, pathOf, type Stored, startCluster } from './cluster.ts'
import type { Answer } from './rest-client.ts'

interface Cause {
  field: string
  message: string
}

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster.stop())

let count = 0
function manifestOf({ kind, name = `case-${++count}`, spec }: CaseObject): Stored & { apiVersion: string } {
  const body = spec === undefined ? {} : { spec: load(spec) }
  return { apiVersion: 'mdk.io/v1alpha1', kind, metadata: { name, namespace: 'default' }, ...body }
}

/** Field and sentence of each cause, without the value that the API server puts before a sentence. */
function causesOf({ status, body }: Answer): Cause[] {
  expect(status).toBe(422)
  const { details } = body as { details: { causes: Cause[] } }
  return details.causes.map(({ field, message }) => ({
    field,
    message: message.replace(/^Invalid value: (?:"(?:[^"\\]|\\.)*"|\{.*?\}|-?\d+|[a-z]+): /s, ''),
  }))
}

const create = (object: Stored, query = '') => cluster.api.send('POST', `${collection(object.kind)}${query}`, object)

describe('admission', () => {
  test.each(refusedCases)('$kind: $title is refused: $sentence', async (refused) => {
    const causes = causesOf(await create(manifestOf(refused)))
    expect(causes).toContainEqual({ field: refused.field, message: refused.sentence })
  })

  test.each(refusedChanges)('$kind: $title is refused: $sentence', async ({ kind, before, after, field, sentence }) => {
    const first = manifestOf({ kind, ...(before === undefined ? {} : { spec: before }) })
    expect(await create(first)).toMatchObject({ status: 201 })
    const name = first.metadata.name
    const stored = (await cluster.api.send('GET', pathOf(first))).body as Stored
    const next = manifestOf({ kind, name, ...(after === undefined ? {} : { spec: after }) })
    const answer = await cluster.api.send('PUT', pathOf(first), { ...next, metadata: stored.metadata })
    expect(causesOf(answer)).toContainEqual({ field, message: sentence })
  })

  test.each(acceptedCases)('$kind: $title is accepted, and its spec stored as it is', async (accepted) => {
    const object = manifestOf(accepted)
    const { status, body } = await create(object, '?fieldValidation=Strict')
    expect({ status, spec: (body as Stored).spec }).toEqual({ status: 201, spec: object.spec })
  })

  test.each(emptiedCases)(
    '$kind: $title that loses its last entry to server-side apply is accepted, and soon costs nothing',
    async ({ kind, spec, left }) => {
      const object = manifestOf({ kind, spec })
      const emptied = { ...object, spec: load(left) }
      const applyEmptied = () => cluster.api.apply(pathOf(object), emptied)
      expect(await cluster.api.apply(pathOf(object), object)).toMatchObject({ status: 201 })
      expect(await applyEmptied()).toMatchObject({ status: 200 })
      await applyEmptied()
      const [before, after] = [await applyEmptied(), await applyEmptied()]
      expect(before).toMatchObject({ status: 200, body: { spec: emptied.spec } })
      expect(after).toEqual(before)
    },
  )

  test.each(wrongTypes)('$kind: $field that is $found is refused: it must be $wanted', async (wrong) => {
    const { kind, field, found, wanted, spec } = wrong
    const causes = causesOf(await create({ ...manifestOf({ kind }), spec }))
    expect(causes).toContainEqual({ field, message: `${field} in body must be of type ${wanted}: "${found}"` })
  })

  test('a volume may grow, and what is immutable may be said again', async () => {
    const site = manifestOf({ kind: 'MdkSite', spec: '{ork: {storage: {size: 1Gi, storageClassName: a}}}' })
    await create(site)
    const { status } = await cluster.api.apply(pathOf(site), { ...site, spec: { ork: { storage: { size: '2Gi' } } } })
    expect(status).toBe(200)
  })

  test.each([
    ['MdkSite', '{suspend: true}', 'spec.suspend'],
    ['MdkSite', '{ork: {storage: {Size: 2Gi}}}', 'spec.ork.storage.Size'],
    ['MdkWorker', '{siteRef: {name: s, namespace: t}, driver: simulated}', 'spec.siteRef.namespace'],
    ['MdkWorker', '{siteRef: {name: s}, driver: simulated, replicas: 2}', 'spec.replicas'],
    ['MdkRack', '{siteRef: {name: s}, rackId: a-01}', 'spec.rackId'],
    ['MdkRack', '{siteRef: {name: s}, driver: x, devices: [{name: a, ip: b}]}', 'spec.devices[0].ip'],
  ] as const)('%s: %s is refused to a strict client: unknown field %s', async (kind, spec, field) => {
    const { status, body } = await create(manifestOf({ kind, spec }), '?fieldValidation=Strict')
    expect({ status, message: (body as { message: string }).message }).toEqual({
      status: 400,
      message: expect.stringContaining(`strict decoding error: unknown field "${field}"`) as string,
    })
  })

  test.each(['A-01', 'a_01', '-a', 'a b'])('a name that no object can have is refused: %j', async (name) => {
    const rack = manifestOf({ kind: 'MdkRack', name, spec: '{siteRef: {name: s}}' })
    const [cause] = causesOf(await create(rack))
    expect(cause).toMatchObject({ field: 'metadata.name' })
    expect(cause?.message).toContain("must consist of lower case alphanumeric characters, '-' or '.'")
  })

  test('an object that nobody has looked at says observedGeneration -1', async () => {
    const { body } = await create(manifestOf({ kind: 'MdkSite' }))
    expect((body as Stored).status).toEqual({ observedGeneration: -1 })
  })

  test('a full status is accepted', async () => {
    const site = manifestOf({ kind: 'MdkSite', name: 'with-status' })
    await create(site)
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'Serving',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      observedGeneration: 1,
    }
    const devices = { declared: 2, assigned: 2, registered: 2, healthy: 1 }
    const status = {
      observedGeneration: 1,
      ork: { publicKey: 'ab' },
      workers: { desired: 1, ready: 1 },
      devices,
      conditions: [condition],
    }
    const answer = await cluster.api.apply(`${pathOf(site)}/status`, { ...site, status })
    expect(answer).toMatchObject({ status: 200, body: { status } })
  })
})

describe('columns', () => {
  const columns: Readonly<Record<CaseKind, string>> = {
    MdkSite: 'Name Ready Reason Workers Devices Registered Healthy Age +Desired +Message',
    MdkWorker: 'Name Site Ready Reason Shards Devices Registered Healthy Age +Driver +Model +Desired +Message',
    MdkRack: 'Name Site Ready Reason Devices Assigned Registered Healthy Age +Message',
  }
  test.each(Object.entries(columns))('kubectl get shows of %s: %s', async (kind, expected) => {
    const accept = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
    const { body } = await cluster.api.send('GET', collection(kind), undefined, accept)
    const { columnDefinitions } = body as { columnDefinitions: { name: string; priority: number }[] }
    expect(columnDefinitions.map(({ name, priority }) => (priority > 0 ? `+${name}` : name)).join(' ')).toBe(expected)
  })

  test('racks and workers can be asked for by site', async () => {
    const rack = manifestOf({ kind: 'MdkRack', spec: '{siteRef: {name: only-here}}' })
    await create(rack)
    const { body } = await cluster.api.send(
      'GET',
      `${collection('MdkRack')}?fieldSelector=spec.siteRef.name%3Donly-here`,
    )
    expect((body as { items: Stored[] }).items.map(({ metadata }) => metadata.name)).toEqual([rack.metadata.name])
  })
})
