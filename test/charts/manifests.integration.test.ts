import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { permissions } from '../../operator/src/controllers/permissions.ts'
import { openRestClient, type RestClient } from '../../operator/test/api/rest-client.ts'
import { type ApiServer, startApiServer } from '../api-server/api-server.ts'
import { type CommandResult, runCommand } from '../e2e/cluster/command.ts'
import { ensureKubeconform } from '../e2e/cluster/helm.ts'
import { findKubectl } from '../e2e/cluster/programs.ts'
import { terminalProgress } from '../e2e/cluster/progress.ts'
import {
  buildWithinMs,
  knownObjects,
  prepareHelm,
  renderInto,
  renderSite,
  siteValues,
  valueSets,
  valuesOf,
} from './chart.ts'
import { type OpenApi, writeConformanceSchemas } from './conformance-schemas.ts'

let server: ApiServer
let api: RestClient
let folder: string

beforeAll(async () => {
  await prepareHelm()
  await ensureKubeconform(terminalProgress())
  server = await startApiServer()
  api = await openRestClient(server.kubeconfig)
  folder = await mkdtemp(join(tmpdir(), 'mdk-chart-'))
  for (const name of ['site-a', 'site-b', 'elsewhere']) await kubectl(['create', 'namespace', name])
}, buildWithinMs)

afterAll(async () => {
  api.close()
  await rm(folder, { recursive: true, force: true })
  await server.stop()
})

describe.each(valueSets)('the chart with the values of "%s"', (set) => {
  const namespace = `release-${set}`
  const rendered = async () => knownObjects(await renderInto(namespace, ...valuesOf(set)))

  test('is taken by an API server that refuses unknown fields, and changes nothing the second time', async () => {
    const manifest = await rendered()
    await kubectl(['create', 'namespace', namespace])
    await apply(manifest)
    // Until then the API server itself writes into them.
    if (manifest.includes('kind: CustomResourceDefinition')) await untilEstablished()
    const stored = await versions(manifest)
    expect(stored.length).toBeGreaterThan(0)
    await apply(manifest)
    expect(await versions(manifest)).toEqual(stored)
  })

  test('is clean to kubeconform, by the schemas of the API server', async () => {
    const { exitCode, stdout } = await conform(await rendered())
    expect(exitCode, stdout).toBe(0)
    expect(stdout).toMatch(/Valid: [1-9]\d*, Invalid: 0, Errors: 0, Skipped: 0/)
  })
})

test('the chart of a site is taken as strictly', async () => {
  await apply(knownObjects(await renderInto('release-defaults')))
  await untilEstablished()
  const manifest = await renderSite(...siteValues)
  await apply(manifest)
  expect((await conform(manifest)).stdout).toMatch(/Valid: 5, Invalid: 0, Errors: 0, Skipped: 0/)
})

test('kubeconform finds a field that there is not', async () => {
  const manifest = await renderInto('elsewhere', '--set', 'podSecurityContext.runAsUsr=1')
  expect((await conform(manifest)).stdout).toMatch(/Deployment mdk-operator is invalid.*runAsUsr/)
})

async function conform(input: string): Promise<CommandResult> {
  const openApi = JSON.parse((await kubectl(['get', '--raw', '/openapi/v2'])).stdout) as OpenApi
  const location = await writeConformanceSchemas(folder, openApi)
  const kubeconform = await ensureKubeconform(terminalProgress())
  const args = ['-strict', '-summary', '-schema-location', location]
  return runCommand(kubeconform, args, { input, allowFailure: true, timeoutMs: 30_000 })
}

describe('the account of the operator', () => {
  const watched = permissions.filter(({ where }) => where === 'watched').flatMap((block) => block.permissions)

  /** What of `watched` the account may do in a namespace, as `verb group/resource`. */
  async function granted(account: string, namespace: string): Promise<string[]> {
    const may: string[] = []
    for (const { group, resource: path, verbs } of watched) {
      const [resource = '', subresource = ''] = path.split('/')
      for (const verb of verbs) {
        const attributes = { namespace, group, resource, subresource, verb }
        if (await isAllowed(account, attributes)) may.push(`${verb} ${group}/${path}`)
      }
    }
    return may
  }

  async function isAllowed(account: string, resourceAttributes: object): Promise<boolean> {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: `system:serviceaccount:${account}`, resourceAttributes },
    }
    const { body } = await api.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review)
    return (body as { status: { allowed: boolean } }).status.allowed
  }

  const all = watched.flatMap(({ group, resource, verbs }) => verbs.map((verb) => `${verb} ${group}/${resource}`))

  test.each([
    {
      set: 'namespaces',
      account: 'mdk-operator',
      may: ['site-a', 'site-b'],
      mayNot: ['elsewhere', 'release-namespaces'],
    },
    { set: 'own', account: 'mdk-operator', may: ['release-own'], mayNot: ['elsewhere', 'site-a'] },
    // The binding of the cluster's role is that of the set which was applied last, so it is applied anew.
    { set: 'production', account: 'sites', may: ['elsewhere', 'site-a'], mayNot: [] },
    { set: 'bare', account: 'made-before', may: [], mayNot: ['release-bare', 'elsewhere'] },
  ])('of "$set" may do what it must in $may and nothing in $mayNot', async ({ set, account, may, mayNot }) => {
    const namespace = `release-${set}`
    await apply(knownObjects(await renderInto(namespace, ...valuesOf(set))))
    const user = `${namespace}:${account}`
    for (const place of may) expect(await granted(user, place)).toEqual(all)
    for (const place of mayNot) expect(await granted(user, place)).toEqual([])
    const lease = { namespace, group: 'coordination.k8s.io', resource: 'leases', verb: 'update' }
    expect(await isAllowed(user, lease)).toBe(set !== 'bare')
    expect(await isAllowed(user, { ...lease, namespace: 'elsewhere' })).toBe(false)
  })
})

async function apply(manifest: string): Promise<void> {
  await kubectl(['apply', '--server-side', '--force-conflicts', '--validate=strict', '-f', '-'], manifest)
}

/** Until the API server serves the kinds of our CRDs. */
async function untilEstablished(): Promise<void> {
  await kubectl(['wait', '--for=condition=Established', 'crd', '-l', 'app.kubernetes.io/name=mdk', '--timeout=30s'])
}

/** `kind/name version` of each object of the manifest. */
async function versions(manifest: string): Promise<string[]> {
  const fields = '{.kind}/{.metadata.name} {.metadata.resourceVersion}'
  const template = `-o=jsonpath={range .items[*]}${fields}{"\\n"}{end}`
  return (await kubectl(['get', '-f', '-', template], manifest)).stdout.trim().split('\n')
}

async function kubectl(args: readonly string[], input = ''): Promise<CommandResult> {
  const program = (await findKubectl()) ?? 'kubectl'
  return runCommand(program, ['--kubeconfig', server.kubeconfig, ...args], { input, timeoutMs: 60_000 })
}
