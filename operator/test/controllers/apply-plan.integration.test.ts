import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiServer, startApiServer } from '../../../test/api-server/api-server.ts'
import type { DeletionPolicy } from '../../src/api/v1alpha1/index.ts'
import { applyPlan } from '../../src/controllers/apply-plan.ts'
import { siteOwner } from '../../src/controllers/ownership.ts'
import { decideIdentities } from '../../src/controllers/site/identities.ts'
import type { SeenSite } from '../../src/controllers/site/seen-site.ts'
import type { Setback } from '../../src/controllers/steps.ts'
import { systemClock } from '../../src/engine/clock.ts'
import { collectionPath } from '../../src/kube/resource.ts'
import type { KubeObject, Secret } from '../../src/kube/types.ts'
import { makeNamespace, type Operator, startOperator } from '../kube/cluster-for-tests.ts'
import { seenSite, site } from './samples.ts'

const signal = new AbortController().signal
const namespace = 'mines'
let server: ApiServer
let operator: Operator
/** Stands in for the site, which has no definition here. */
let regarding: KubeObject

beforeAll(async () => {
  server = await startApiServer()
  operator = await startOperator(server.kubeconfig, [{ kind: 'Secret', selector: 'mdk.io/site' }])
  await makeNamespace(operator, namespace)
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 's', namespace } }
  const path = collectionPath('ConfigMap', namespace)
  const made = (await operator.transport.request({ method: 'POST', path, body })) as KubeObject
  regarding = { ...body, metadata: made.metadata }
})
afterAll(async () => {
  await operator.close()
  await server.stop()
})

/** One run, as far as the topic goes. */
async function runOnce(deletionPolicy: DeletionPolicy): Promise<readonly Setback[]> {
  await operator.kube.settled('site', signal)
  const { identities, ...seen } = seenSite({ site: site({ deletionPolicy }) })
  const topic = { ...identities.topic, own: await liveTopic() }
  const now: SeenSite = { ...seen, identities: { ...identities, topic } }
  const stages = [decideIdentities(now).topic.steps]
  const ports = { kube: operator.kube, scope: 'site', clock: systemClock, owner: siteOwner(now.facts), regarding }
  return applyPlan({ stages, events: [], againMs: null }, { ...ports, onRefreshed: () => undefined }, signal)
}

function liveTopic(): Promise<Secret | null> {
  return operator.kube.get({ kind: 'Secret', namespace, name: 's-topic' }, signal)
}

test('an identity that goes with its site has its owner after one run, and a later run can take it away', async () => {
  expect(await runOnce('Delete')).toEqual([])
  const made = await liveTopic()
  expect(made?.metadata.ownerReferences).toMatchObject([{ name: 's', uid: 'uid-s' }])
  expect(await runOnce('RetainIdentity')).toEqual([])
  const kept = await liveTopic()
  expect(kept?.metadata.ownerReferences).toBeUndefined()
  expect(kept?.data).toEqual(made?.data)
})
