import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiServer, startApiServer } from '../../../test/api-server/api-server.ts'
import { type CustomResource, collectionPath, objectPath } from '../../src/kube/resource.ts'
import type { Condition, Status } from '../../src/kube/status-decision.ts'
import { installCrds, makeNamespace, type Operator, startOperator } from './cluster-for-tests.ts'

const signal = new AbortController().signal
const namespace = 'statuses'
let server: ApiServer
let operator: Operator

beforeAll(async () => {
  server = await startApiServer()
  const setup = await startOperator(server.kubeconfig, [])
  await installCrds(setup)
  await makeNamespace(setup, namespace)
  await setup.close()
  operator = await startOperator(server.kubeconfig, [{ kind: 'MdkSite' }])
})
afterAll(async () => {
  await operator.close()
  await server.stop()
})

async function makeSite(name: string): Promise<CustomResource> {
  const body = { apiVersion: 'mdk.io/v1alpha1', kind: 'MdkSite', metadata: { name, namespace } }
  const path = collectionPath('MdkSite', namespace)
  return (await operator.transport.request({ method: 'POST', path, body })) as CustomResource
}

/** One run of a reconciler on what the cache has. */
async function write(site: CustomResource, next: Status) {
  await operator.kube.settled('test', signal)
  const { name = '' } = site.metadata
  const seen = operator.caches.find('MdkSite', namespace, name) ?? site
  return await operator.kube.writer('test', signal).writeStatus(seen, next, `${namespace}/${name}`)
}

async function live(site: CustomResource): Promise<Status & Record<string, unknown>> {
  const { name = '' } = site.metadata
  const found = await operator.kube.get({ kind: 'MdkSite', namespace, name }, signal)
  return found?.status as Status & Record<string, unknown>
}

const serving: Condition = {
  type: 'Ready',
  status: 'True',
  reason: 'Serving',
  message: 'all is well',
  observedGeneration: 1,
}
const stalled: Condition = {
  type: 'Stalled',
  status: 'True',
  reason: 'KeyMismatch',
  message: 'fix it',
  observedGeneration: 1,
}
const counts = (registered: number) => ({ declared: 2, assigned: 2, registered, healthy: 2 })

describe('a status', () => {
  test('is written once, and an equal one is neither written nor read', async () => {
    const site = await makeSite('once')
    expect(await live(site)).toEqual({ observedGeneration: -1 })
    const next = { observedGeneration: 1, devices: counts(2), conditions: [serving] }
    expect((await write(site, next)).kind).toBe('written')
    await operator.kube.settled('test', signal)
    operator.sent.clear()
    expect(await write(site, next)).toEqual({ kind: 'unchanged', againMs: null })
    expect(operator.sent.all).toEqual([])
    expect(await live(site)).toMatchObject({ observedGeneration: 1, devices: counts(2), conditions: [serving] })
  })

  test('loses a condition and a field that are said no more, and keeps the time of what did not flip', async () => {
    const site = await makeSite('loses')
    await write(site, { observedGeneration: 1, ...{ ork: { publicKey: 'ab' } }, conditions: [serving, stalled] })
    const before = (await live(site)).conditions?.[0]?.lastTransitionTime
    const told = { ...serving, reason: 'Other' }
    await write(site, { observedGeneration: 1, conditions: [told] })
    expect(await live(site)).toEqual({ observedGeneration: 1, conditions: [{ ...told, lastTransitionTime: before }] })
  })

  test('of counts alone waits', async () => {
    const site = await makeSite('counts')
    const status = (registered: number) => ({
      observedGeneration: 1,
      devices: counts(registered),
      conditions: [serving],
    })
    await write(site, status(2))
    const result = await write(site, status(1))
    expect(result).toMatchObject({ kind: 'unchanged', againMs: expect.closeTo(10_000, 1) as number })
    expect((await live(site))['devices']).toEqual(counts(2))
  })

  test('leaves the spec and who owns it alone', async () => {
    const site = await makeSite('spec')
    await write(site, { observedGeneration: 1, conditions: [serving] })
    const after = (await operator.transport.request({
      method: 'GET',
      path: objectPath({ kind: 'MdkSite', namespace, name: 'spec' }),
    })) as CustomResource
    expect(after.metadata.generation).toBe(1)
    expect(after.metadata.managedFields?.map(({ manager, subresource }) => [manager, subresource])).toContainEqual([
      'mdk-operator-status',
      'status',
    ])
  })

  test('of an object that was made anew under its name is not written', async () => {
    const site = await makeSite('anew')
    const path = objectPath({ kind: 'MdkSite', namespace, name: 'anew' })
    await operator.transport.request({ method: 'DELETE', path })
    const writer = operator.kube.writer('other', signal)
    const next = { observedGeneration: 1, conditions: [serving] }
    expect(await writer.writeStatus(site, next, 'x')).toEqual({ kind: 'absent' })
    const anew = await makeSite('anew')
    expect(await writer.writeStatus(site, next, 'x')).toEqual({ kind: 'absent' })
    expect(await live(anew)).toEqual({ observedGeneration: -1 })
  })
})
