// Applying again what is there is no change, whoever applies, also when the operator has done its work.
import { setTimeout as delay } from 'node:timers/promises'
import { loadAll } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { collection, pathOf, readManifests, type Stored } from '../../operator/test/api/cluster.ts'
import { openRestClient, type RestClient } from '../../operator/test/api/rest-client.ts'
import { secret } from '../../operator/test/operator/declarations.ts'
import { type Lab, startLab } from '../../operator/test/operator/lab.ts'
import type { RunningOperator } from '../../operator/test/operator/running-operator.ts'
import { standInPods } from '../../operator/test/operator/stand-in-pods.ts'
import { buildWithinMs, prepareHelm, renderSite, siteValues } from '../charts/chart.ts'
import { runCommand } from '../e2e/cluster/command.ts'
import { findKubectl } from '../e2e/cluster/programs.ts'

/** Field managers, as kubectl, Argo CD, Flux and Helm name themselves. */
const appliers = ['kubectl', 'argocd-controller', 'kustomize-controller', 'helm'] as const
const argocdPatch = 'manifests/argocd/argocd-cm.yaml'
const convergeWithinMs = 120_000

let lab: Lab
let operator: RunningOperator
let api: RestClient

beforeAll(async () => {
  await prepareHelm()
  lab = await startLab()
  operator = await lab.startOperator()
  api = await openRestClient(lab.kubeconfig)
}, buildWithinMs)
afterAll(async () => {
  api.close()
  await operator.close()
  await lab.close()
})

type Written = Stored & { metadata: { labels?: object; annotations?: object } }

interface Site {
  readonly title: string
  readonly namespace: string
  readonly site: string
  read(): Promise<readonly Stored[]>
}

const sites: readonly Site[] = [
  {
    title: 'the hello site',
    namespace: 'hello-site',
    site: 'hello',
    read: () => Promise.resolve(readManifests('manifests/samples/hello.yaml')),
  },
  {
    title: 'the demo site',
    namespace: 'mdk-demo',
    site: 'demo',
    read: () => Promise.resolve(readManifests('manifests/samples/demo.yaml')),
  },
  {
    title: 'what the chart of a site renders',
    namespace: 'site-a',
    site: 'texas-1',
    read: async () => loadAll(await renderSite(...siteValues)) as Stored[],
  },
]

describe.each(sites)('$title, applied again when it is Ready', ({ namespace, site, read }) => {
  let objects: readonly Written[]
  let own: readonly Written[]

  beforeAll(async () => {
    objects = (await read()).map((object) => inNamespace(object, namespace))
    own = objects.filter(({ kind }) => kind.startsWith('Mdk'))
    await api.send('POST', collection('Namespace'), { metadata: { name: namespace } })
    const space = lab.space(namespace)
    await space.apply(secret('topic', { topic: 'ab'.repeat(32) }))
    await applyAll(objects, 'kubectl')
    const pods = standInPods(space, lab.orks, site)
    await vi.waitFor(
      async () => {
        await pods.catchUp()
        for (const object of own) expect(await stored(object)).toMatchObject({ status: settled })
      },
      { timeout: convergeWithinMs, interval: 300 },
    )
  }, convergeWithinMs)

  test.each(appliers)('by %s, a second time changes no object', async (applier) => {
    await newSecond()
    await applyAll(objects, applier)
    const before = await Promise.all(objects.map(versionOf))
    await applyAll(objects, applier)
    expect(await Promise.all(objects.map(versionOf))).toEqual(before)
  })

  test('is no difference to a dry run on the server, by which Argo CD compares', async () => {
    const kubectl = (await findKubectl()) ?? 'kubectl'
    const applied = ['--server-side', '--force-conflicts', '--field-manager=argocd-controller']
    const args = ['--kubeconfig', lab.kubeconfig, '-n', namespace, 'diff', ...applied, '-f', '-']
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
    const { exitCode, stdout, stderr } = await runCommand(kubectl, args, { input, allowFailure: true })
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: '' })
  })

  test('has spec, labels and annotations as they are in Git, with nothing of the operator in them', async () => {
    for (const object of own) {
      const { spec, metadata } = await stored(object)
      expect({ spec, labels: metadata.labels, annotations: metadata.annotations }).toEqual({
        spec: object.spec,
        labels: object.metadata.labels,
        annotations: object.metadata.annotations,
      })
      expect(metadata.generation).toBe(1)
    }
  })
})

/** Ready, and with every count where it ends, so that there is nothing more to be written. */
const settled = {
  observedGeneration: 1,
  conditions: expect.arrayContaining([
    expect.objectContaining({ type: 'Ready', status: 'True' }),
    expect.objectContaining({ type: 'DevicesRegistered', status: 'True' }),
    expect.objectContaining({ type: 'DevicesHealthy', status: 'True' }),
  ]) as unknown,
}

const established = expect.objectContaining({ type: 'Established', status: 'True' }) as unknown

describe('the plain install', () => {
  const objects = readManifests('manifests/install.yaml') as readonly Written[]

  beforeAll(async () => {
    await applyAll(objects, 'kubectl')
    // The API server writes conditions into CRDs until they are Established.
    const conditions = expect.arrayContaining([established]) as unknown
    for (const crd of objects.filter(({ kind }) => kind === 'CustomResourceDefinition')) {
      await vi.waitFor(
        async () => expect(await stored(crd)).toMatchObject({ status: { conditions } }),
        convergeWithinMs,
      )
    }
  }, convergeWithinMs)

  test.each(appliers)('applied again by %s changes no object', async (applier) => {
    await newSecond()
    await applyAll(objects, applier)
    const before = await Promise.all(objects.map(versionOf))
    await applyAll(objects, applier)
    expect(await Promise.all(objects.map(versionOf))).toEqual(before)
  })
})

describe("the health rule in Argo CD's ConfigMap", () => {
  test('is added to what is there, and applied again is no change', async () => {
    const path = '/api/v1/namespaces/argocd/configmaps'
    const theirs = { 'timeout.reconciliation': '180s' }
    await api.send('POST', collection('Namespace'), { metadata: { name: 'argocd' } })
    await api.send('POST', path, { metadata: { name: 'argocd-cm' }, data: theirs })
    const kubectl = (await findKubectl()) ?? 'kubectl'
    // As the guide has it.
    const args = ['apply', '--server-side', '--field-manager=mdk', '-f', argocdPatch]
    const apply = () => runCommand(kubectl, ['--kubeconfig', lab.kubeconfig, ...args])
    const read = async () => (await api.send('GET', `${path}/argocd-cm`)).body as { data: Record<string, string> }
    await apply()
    const merged = await read()
    expect(merged.data).toMatchObject(theirs)
    expect(Object.keys(merged.data)).toHaveLength(4)
    await apply()
    expect(await read()).toEqual(merged)
  })
})

function inNamespace(object: Stored, namespace: string): Written {
  if (object.kind === 'Namespace') return object
  return { ...object, metadata: { ...object.metadata, namespace } }
}

async function applyAll(objects: readonly Written[], fieldManager: string): Promise<void> {
  for (const object of objects) {
    const path = `${pathOf(object)}?fieldManager=${fieldManager}&force=true&fieldValidation=Strict`
    const { status, body } = await api.send('PATCH', path, object, { 'content-type': 'application/apply-patch+yaml' })
    expect([200, 201], JSON.stringify(body)).toContain(status)
  }
}

/**
 * Field managers are kept in the order of the whole second of their last change, then of their names. Two of the same second may
 * change places at an apply that changes nothing else, and the API server takes that for a change.
 */
async function newSecond(): Promise<void> {
  await delay(1_000)
}

async function stored(object: Written): Promise<Written> {
  return (await api.send('GET', pathOf(object))).body as Written
}

async function versionOf(object: Written): Promise<string> {
  const { kind, metadata } = await stored(object)
  return `${kind} ${metadata.name} ${metadata.resourceVersion ?? ''}`
}
