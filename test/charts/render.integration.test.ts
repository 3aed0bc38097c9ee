import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump, load, loadAll } from 'js-yaml'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseConfig, settings } from '../../operator/src/config.ts'
import { runCommand } from '../e2e/cluster/command.ts'
import { blocksOf } from '../e2e/guides/guide.ts'
import {
  buildWithinMs,
  chart,
  helm,
  notes,
  prepareHelm,
  render,
  renderSite,
  siteChart,
  siteValues,
  valueSets,
  valuesOf,
} from './chart.ts'

interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: { fieldRef: { fieldPath: string } }
}

interface Rendered {
  readonly kind: string
  readonly metadata: { name: string; namespace?: string; annotations?: Record<string, string> }
}

const root = join(chart, '../..')
const objectsOf = (yaml: string) => (loadAll(yaml) as (Rendered | null)[]).filter((object) => object !== null)
const isCrd = ({ kind }: Rendered) => kind === 'CustomResourceDefinition'

beforeAll(prepareHelm, buildWithinMs)

describe('the chart', () => {
  test.each(valueSets)('with the values of "%s" is what its golden file says, CRDs apart', async (set) => {
    const documents = (await render(...valuesOf(set))).split(/^---\n/m)
    const golden = documents.filter((text) => !text.includes('kind: CustomResourceDefinition')).join('---\n')
    await expect(golden).toMatchFileSnapshot(`golden/${set}.yaml`)
  })

  test.each(valueSets)('passes helm lint --strict with the values of "%s"', async (set) => {
    const linted = await helm('lint', '--strict', chart, ...valuesOf(set))
    expect(linted.exitCode, linted.stdout).toBe(0)
  })

  test('says after an install how a first site is applied, with commands that can be pasted', async () => {
    const said = await notes('--set', 'scope.mode=own')
    const commands = said.slice(
      said.indexOf('A first site:\n') + 'A first site:\n'.length,
      said.indexOf('"helm uninstall"'),
    )
    const { stdout } = await runCommand('bash', ['-euc', `kubectl() { [ "$3" = apply ] && cat; true; }\n${commands}`])
    expect(load(stdout)).toEqual({ apiVersion: 'mdk.io/v1alpha1', kind: 'MdkSite', metadata: { name: 'hello' } })
  })

  test('tells nobody who installs it for some namespaces to delete the sites and CRDs of the others', async () => {
    const said = await notes('--set', 'scope.mode=namespaces,scope.namespaces={texas,ohio}')
    expect(said).toContain('kubectl -n texas delete mdksites,mdkworkers,mdkracks --all')
    expect(said).toContain('kubectl -n ohio delete mdksites,mdkworkers,mdkracks --all')
    expect(said).not.toMatch(/--all-namespaces|delete crd/)
    expect(await notes()).toMatch(/--all-namespaces[^]*delete crd/)
  })

  test('installs by default all that the plain install does, but for its namespace', async () => {
    const rendered = objectsOf(await render('--set', 'image.tag=dev,runtimeImage.tag=dev'))
    const plain = objectsOf(readFileSync(join(root, 'manifests/install.yaml'), 'utf8'))
    const byName = (objects: readonly Rendered[]) =>
      Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]))
    const { 'Namespace mdk-system': namespace, ...wanted } = byName(plain)
    expect(namespace).toBeDefined()
    const found = byName(rendered)
    expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort())
    // The chart adds labels of its own, and the annotation that keeps the CRDs.
    expect(found).toMatchObject(wanted)
    for (const [name, { spec }] of Object.entries(wanted as Record<string, { spec?: unknown }>)) {
      expect((found[name] as { spec?: unknown }).spec).toEqual(spec)
    }
  })

  test('keeps the CRDs when the release goes, unless told otherwise', async () => {
    const keep = { 'helm.sh/resource-policy': 'keep' }
    const kept = objectsOf(await render()).filter(isCrd)
    expect(kept.map(({ metadata }) => metadata.annotations)).toEqual([keep, keep, keep])
    const dropped = objectsOf(await render('--set', 'crds.keep=false')).filter(isCrd)
    expect(dropped.map(({ metadata }) => metadata.annotations)).toEqual([undefined, undefined, undefined])
    expect(objectsOf(await render('--set', 'crds.enabled=false')).filter(isCrd)).toEqual([])
  })

  test.each(['scope.mode=own', 'scope.mode=namespaces,scope.namespaces={a,b}'])(
    'asks for nothing outside of namespaces with %s',
    async (scope) => {
      const objects = objectsOf(await render('--set', `${scope},crds.enabled=false`))
      expect(objects.filter(({ metadata }) => metadata.namespace === undefined)).toEqual([])
    },
  )

  test('gives people no rights when told so', async () => {
    const objects = objectsOf(await render('--set', 'rbac.aggregate=false'))
    expect(objects.filter(({ kind }) => kind === 'ClusterRole').map(({ metadata }) => metadata.name)).toEqual([
      'mdk-operator',
    ])
  })

  test('has neither hooks nor anything that makes two renders differ', () => {
    const templates = readdirSync(join(chart, 'templates'), { recursive: true, encoding: 'utf8' })
    const sources = templates.filter((path) => /\.(yaml|tpl|txt)$/.test(path))
    expect(sources.length).toBeGreaterThan(15)
    for (const path of sources) {
      const text = readFileSync(join(chart, 'templates', path), 'utf8')
      expect(text, path).not.toContain('helm.sh/hook')
      const actions = text.match(/\{\{[\s\S]*?\}\}/g)?.join('\n') ?? ''
      expect(actions, path).not.toMatch(
        /\b(lookup|now|date\w*|rand\w+|uuidv4|gen[A-Z]\w+|getHostByName)\b|\.(Capabilities|Release\.(IsUpgrade|IsInstall|Revision))\b/,
      )
    }
  })
})

describe('wrong values are refused with a sentence', () => {
  const digest = 'sha256:beef'
  test.each([
    ['replica=2', "at '': additional properties 'replica' not allowed"],
    ['image.name=x', "at '/image': additional properties 'name' not allowed"],
    ['metrics.serviceMonitor.enable=true', "at '/metrics/serviceMonitor': additional properties 'enable' not allowed"],
    ['resources.limit.memory=1Gi', "at '/resources': additional properties 'limit' not allowed"],
    ['tolerations[0].effects=NoSchedule', "at '/tolerations/0': additional properties 'effects' not allowed"],
    ['imagePullSecrets[0]=registry', "at '/imagePullSecrets/0': got string, want object"],
    ['replicas=two', "at '/replicas': got string, want integer"],
    ['replicas=-1', "at '/replicas': minimum: got -1, want 0"],
    ['crds.keep=no', "at '/crds/keep': got string, want boolean"],
    ['logLevel=loud', "at '/logLevel': value must be one of 'debug', 'info', 'warn', 'error'"],
    ['scope.mode=all', "at '/scope/mode': value must be one of 'cluster', 'namespaces', 'own'"],
    ['image.pullPolicy=Sometimes', "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'"],
    [
      'scope.mode=namespaces',
      'scope.mode is "namespaces", but scope.namespaces is empty: name the namespaces whose sites',
    ],
    ['scope.namespaces={a}', 'scope.namespaces is given, but scope.mode is "cluster": set scope.mode to "namespaces"'],
    ['scope.mode=namespaces,scope.namespaces={Site_A}', 'scope.namespaces has "Site_A", which can\'t be the name'],
    [`image.digest=${digest}`, `image.digest is "${digest}": give "sha256:" and the 64 hexadecimal digits`],
    [`runtimeImage.digest=${digest}`, `runtimeImage.digest is "${digest}": give "sha256:"`],
    [
      'podDisruptionBudget.maxUnavailable=some',
      'podDisruptionBudget.maxUnavailable is "some": give a number of replicas',
    ],
    ['metrics.enabled=false,metrics.serviceMonitor.enabled=true', 'set metrics.enabled to true'],
  ])('%s', async (set, sentence) => {
    await expect(render('--set', set)).rejects.toThrow(sentence)
  })
})

describe('settings of the operator', () => {
  test.each(Object.values(settings).map(({ variable }) => variable))(
    '%s is not an extra variable',
    async (variable) => {
      const set = `extraEnv[0].name=${variable},extraEnv[0].value=x`
      await expect(render('--set', set)).rejects.toThrow(`extraEnv has ${variable}, which the chart sets itself`)
    },
  )

  test.each([
    ['scope.mode=cluster', 'all'],
    ['scope.mode=own', ['mdk-system']],
    ['scope.mode=namespaces,scope.namespaces={site-a,site-b}', ['site-a', 'site-b']],
  ])('are read as they are meant with %s', async (scope, namespaces) => {
    const set = `${scope},logLevel=warn,clusterDomain=example.internal,runtimeImage.tag=1`
    const deployment = objectsOf(await render('--set-string', set)).find(({ kind }) => kind === 'Deployment')
    expect(parseConfig([], environmentOf(deployment), 'a-host')).toMatchObject({
      runtimeImage: 'mdk-runtime:1',
      namespaces,
      leaderElection: { namespace: 'metadata.namespace', identity: 'metadata.name' },
      logLevel: 'warn',
      clusterDomain: 'example.internal',
      inCluster: true,
    })
  })
})

/** What the container of a Deployment would find; a field's value stands as its path. */
function environmentOf(deployment: unknown): Record<string, string | undefined> {
  const { spec } = deployment as { spec: { template: { spec: { containers: { env: EnvVar[] }[] } } } }
  const given = spec.template.spec.containers[0]?.env ?? []
  const texts = given.map(({ name, value, valueFrom }) => [name, value ?? valueFrom?.fieldRef.fieldPath] as const)
  return { KUBERNETES_SERVICE_HOST: '10.96.0.1', ...Object.fromEntries(texts) }
}

describe('the values in the guides are taken', () => {
  const release = load(yamlBlock('docs/guides/gitops.md', 'kind: HelmRelease')) as { spec: { values: object } }
  const application = load(yamlBlock('docs/guides/gitops.md', 'valuesObject')) as {
    spec: { source: { helm: { valuesObject: object } } }
  }
  test.each([
    ['those of production', yamlBlock('docs/guides/install.md', 'replicas: 2'), 'kind: ServiceMonitor'],
    ['those of Argo CD', dump(application.spec.source.helm.valuesObject), 'registry.example.com/mdk/mdk-runtime'],
    ['those of Flux', dump(release.spec.values), 'registry.example.com/mdk/mdk-runtime'],
  ])('%s', async (_, values, rendered) => {
    const folder = mkdtempSync(join(tmpdir(), 'mdk-values-'))
    const file = join(folder, 'values.yaml')
    try {
      writeFileSync(file, values)
      await expect(render('-f', file)).resolves.toContain(rendered)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

/** The YAML block of a page that has this text in it. */
function yamlBlock(page: string, text: string): string {
  const blocks = blocksOf(readFileSync(join(root, page), 'utf8')).filter(({ language }) => language === 'yaml')
  return blocks.find((block) => block.text.includes(text))?.text ?? ''
}

describe('the chart of a site', () => {
  test('makes the objects of its golden file', async () => {
    await expect(await renderSite(...siteValues)).toMatchFileSnapshot('golden/site.yaml')
  })

  test('makes a whole site of nothing', async () => {
    const objects = objectsOf(await renderSite())
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(['MdkSite hello'])
  })

  test('passes helm lint --strict', async () => {
    const linted = await helm('lint', '--strict', siteChart, ...siteValues)
    expect(linted.exitCode, linted.stdout).toBe(0)
  })

  test.each([
    ['rack.a.driver=simulated', "at '': additional properties 'rack' not allowed"],
    ['racks.a.devices[0].nam=m-1', "at '/racks/a/devices/0': additional properties 'nam' not allowed"],
    ['racks.a.devices[0].address=10.0.0.1', "at '/racks/a/devices/0': missing property 'name'"],
    [
      'workers.w.driver=simulated,workers.w.siteRef.name=x',
      "at '/workers/w': additional properties 'siteRef' not allowed",
    ],
    ['workers.w=simulated', "at '/workers/w': got string, want object"],
  ])('refuses %s with a sentence', async (set, sentence) => {
    await expect(renderSite('--set', set)).rejects.toThrow(sentence)
  })
})
