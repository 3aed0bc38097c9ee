// The guide to the installation, and the chart, on a real cluster whose nodes pull the images from a registry. The cases go on
// from one another, and the plain install of the other files is put back at the end. There is one site throughout, and no
// pod of it may be touched by anything that Helm does.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { imagesOfTree } from '../../../scripts/site/images.ts'
import { installOperator, operatorNamespace, uninstallOperator } from '../../../scripts/site/operator-install.ts'
import { type CommandResult, runCommand } from '../cluster/command.ts'
import { findDocker } from '../cluster/docker.ts'
import { ensureHelm } from '../cluster/helm.ts'
import { terminalProgress } from '../cluster/progress.ts'
import { follow } from '../guides/follow.ts'
import {
  applyYaml,
  get,
  list,
  makeNamespace,
  podsWithRestarts,
  run,
  untilAllHealthy,
  untilCondition,
  untilReady,
} from '../support/kube.ts'
import { until } from '../support/poll.ts'
import { prepareRegistry, type Registry, startRegistry } from '../support/registry.ts'
import { helloSite, rackOf, workerOf, yaml } from '../support/sites.ts'

const root = join(import.meta.dirname, '../../..')
const chart = join(root, 'charts/mdk-operator')
const siteChart = join(root, 'charts/mdk-site')
const ns = 'e2e-helm'
const tenant = 'e2e-helm-tenant'
const sitePods = 'mdk.io/site=kept'
const operatorPods = 'app.kubernetes.io/component=operator'
const ready = { type: 'Ready', status: 'True' }

/** What the guides call the registry. */
const registryName = 'registry.example.com'
const guide = 'docs/guides/install.md'

let registry: Registry
let podsAtFirst: readonly string[]

describe('the installation', () => {
  beforeAll(async () => {
    await ensureHelm(terminalProgress())
    await prepareRegistry()
    const docker = await findDocker()
    if (docker === undefined) throw new Error('the Docker that the cluster runs in is gone')
    registry = await startRegistry(docker, [`${inject('context').slice('kind-'.length)}-control-plane`], [registryName])
    await helm('uninstall', 'mdk', '-n', operatorNamespace, '--ignore-not-found')
    await uninstallOperator(target(), root)
  })

  afterAll(async () => {
    await helm('uninstall', 'mdk', '-n', tenant, '--ignore-not-found')
    await helm('uninstall', 'mdk', '-n', operatorNamespace, '--ignore-not-found', '--wait')
    await registry.close()
    await installOperator(target(), root, await imagesOfTree(root))
    await run(['delete', 'namespace', ns, tenant, 'my-site', 'argocd', '--ignore-not-found', '--wait=false'])
  })

  it('with the manifest makes a cluster pull both images and serve sites', async () => {
    const instead = { [`${registryName}/mdk`]: registry.place }
    await follow(guide, { sections: ['The two images'], instead, where: 'project' })
    await follow(guide, { sections: ['With a manifest'] })
    await makeNamespace(ns)
    await applyYaml(ns, yaml(helloSite('kept'), rackOf('kept', 'rack-1', ['m-1']), workerOf('kept')))
    await untilReady(ns, 'kept')
    podsAtFirst = await podsWithRestarts(ns, sitePods)
  })

  it('with Helm is refused over a plain install, which it must not take unasked', async () => {
    const { exitCode, stderr } = await helm('install', 'mdk', chart, '-n', operatorNamespace, ...imageValues())
    expect(exitCode).not.toBe(0)
    expect(stderr).toContain('exists and cannot be imported into the current release')
  })

  it('with Helm takes the plain install over when asked', async () => {
    await follow(guide, { sections: ['From the manifest to Helm'] })
    const deployment = await get(operatorNamespace, 'deployment', 'mdk-operator')
    expect(deployment?.metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'Helm' })
    await expectServed(['m-1', 'm-2'])
  })

  it('with Helm is not replaced by `up`', async () => {
    const { context, kubeconfig } = target()
    const up = [join(root, 'scripts/up.ts'), '--context', context]
    const env = { KUBECONFIG: kubeconfig }
    const { exitCode, stderr } = await runCommand(process.execPath, up, { env, allowFailure: true, timeoutMs: 60_000 })
    expect(exitCode).toBe(1)
    expect(stderr).toContain('was installed by Helm, and `up` would replace it')
  })

  it('is upgraded to two replicas, of which one stands by, behind a budget and a policy', async () => {
    const more = 'replicas=2,podDisruptionBudget.enabled=true,networkPolicy.enabled=true'
    await upgrade('--set', more, '--force-conflicts', '--wait')
    expect(await list(operatorNamespace, 'pods', operatorPods)).toHaveLength(2)
    expect(await list(operatorNamespace, 'poddisruptionbudgets,networkpolicies', operatorPods)).toHaveLength(2)
    await expectServed(['m-1', 'm-2', 'm-3'])
  })

  it('lets the operator reach the status of ORKs behind that policy, and no other port of a site', async () => {
    const urls = [`http://kept-ork.${ns}.svc:8080/livez`, `http://kept-app-node.${ns}.svc:3000/health`]
    const ask = 'fetch(url, { signal: AbortSignal.timeout(3000) }).then(({ status }) => status, () => 0)'
    const program = `Promise.all(${JSON.stringify(urls)}.map((url) => ${ask})).then((found) => console.log(found.join()))`
    const exec = ['exec', 'deployment/mdk-operator', '--', '/usr/local/bin/node', '--eval', program]
    expect((await run(['-n', operatorNamespace, ...exec])).trim()).toBe('200,0')
  })

  it('goes on with the old operator while an upgrade fails, and is rolled back', async () => {
    await expect(
      upgrade('--reuse-values', '--set-string', 'image.tag=none', '--wait', '--timeout=15s'),
    ).rejects.toThrow(/failed/i)
    await expectServed(['m-1', 'm-2'])
    await helmDoes('rollback', 'mdk', '-n', operatorNamespace, '--wait')
    const pods = await list(operatorNamespace, 'pods', operatorPods)
    for (const { spec } of pods) expect(spec).toMatchObject({ containers: [{ image: imageOf('operator') }] })
    await follow(guide, { sections: ['Upgrade and roll back'] })
    await expectServed(['m-1'])
  })

  it('leaves the CRDs and sites with all their pods when it is uninstalled', async () => {
    await follow(guide, { sections: ['Uninstall'] })
    expect(await get(operatorNamespace, 'deployment', 'mdk-operator')).toBeUndefined()
    expect(await run(['get', 'clusterroles', '-l', operatorPods, '-o', 'name'])).toBe('')
    expect(await get(ns, 'mdksite', 'kept')).toMatchObject({ status: { devices: { healthy: 1 } } })
    expect(await podsWithRestarts(ns, sitePods)).toEqual(podsAtFirst)
  })

  it('looks after one namespace with Roles only, and after no other', async () => {
    await makeNamespace(tenant)
    const scope = ['--set', 'scope.mode=own,crds.enabled=false,networkPolicy.enabled=true']
    await helmDoes('install', 'mdk', chart, '-n', tenant, ...imageValues(), ...scope, '--wait')
    expect(await run(['get', 'clusterroles,clusterrolebindings', '-l', operatorPods, '-o', 'name'])).toBe('')
    await applyYaml(ns, rackOf('kept', 'rack-1', ['m-1', 'm-2']))
    // Helm waits for a site as for anything else: by its status.
    const racks = 'racks.rack-1.driver=simulated,racks.rack-1.devices[0].name=m-1,workers.simulated.driver=simulated'
    await helmDoes('install', 'mine', siteChart, '-n', tenant, '--set', racks, '--wait')
    const site = await untilAllHealthy(tenant, 'mine')
    expect(site.status?.devices).toEqual({ declared: 1, assigned: 1, registered: 1, healthy: 1 })
    const rack = await get(ns, 'mdkrack', 'rack-1')
    expect(rack?.status?.observedGeneration).not.toBe(rack?.metadata.generation)
    await helmDoes('uninstall', 'mdk', '-n', tenant, '--wait')
  })

  it('with Helm looks after the sites again when it is installed again', async () => {
    await run(['delete', 'namespace', operatorNamespace])
    await follow(guide, { sections: ['With Helm'] })
    await untilCondition(ns, { kind: 'mdkrack', name: 'rack-1' }, ready)
    await expectServed(['m-1', 'm-2', 'm-3'])
  })

  it('is checked with a site, which the other guides go on with', async () => {
    await follow(guide, { sections: ['Check'] })
    await run(['create', 'namespace', 'argocd'])
    await follow('docs/guides/gitops.md', { sections: ['How a status reads', 'Argo CD'] })
    const tokens = ['Pods', 'Exchange the tokens of App Node']
    await follow('docs/guides/security.md', { sections: tokens, instead: { 'texas-1': 'hello', texas: 'my-site' } })
    const names = { '-n NS': '-n my-site', 'WORKER-RACK': 'simulated-rack-1', WORKER: 'simulated', SITE: 'hello' }
    const looks = ['The doctor', 'TopicDiffers', 'OrkKeyDiffers', 'DnsDown', 'BootstrapUnresolved', 'BootstrapSilent']
    const ends = ['OrkAbsent', 'OrkUnreachable', 'WorkerAbsent']
    await follow('docs/guides/troubleshoot.md', { sections: [...looks, ...ends], instead: names })
    await follow('docs/guides/troubleshoot.md', { sections: ['KeyFileDiffers'], instead: names })
  })

  it('gives a site that is lost its identity back, and a new key, as the guide to operation says', async () => {
    const page = 'docs/guides/operate.md'
    const orkKey = () => run(['-n', 'my-site', 'get', 'mdksite', 'hello', '-o', 'jsonpath={.status.ork.publicKey}'])
    const tokens = async () => (await get('my-site', 'secret', 'hello-app-node-tokens'))?.['data']
    const before = [await orkKey(), await tokens()]
    const lost = [
      'kubectl -n my-site delete mdksite/hello secret/hello-topic secret/hello-ork-key secret/hello-app-node-key',
      'kubectl -n my-site wait --for=delete secret/hello-app-node-tokens',
      'kubectl -n my-site apply',
    ].join('\n')
    const names = { 'kubectl -n NS apply': lost, '-n NS': '-n my-site', SITE: 'hello' }
    await follow(page, { sections: ['Back up', 'Restore'], instead: names })
    await run(['-n', 'my-site', 'apply', '-f', join(root, 'manifests/samples/hello.yaml')])
    await untilReady('my-site', 'hello')
    expect([await orkKey(), await tokens()]).toEqual(before)
    await follow(page, { sections: ['A new key or topic'], instead: names })
    await until('ORK has another key', async () => ((await orkKey()) === before[0] ? undefined : true), {
      timeoutMs: 60_000,
    })
    await untilReady('my-site', 'hello')
  })

  it('lets a node be drained with the words of the guide, which says what to look at before a volume grows', async () => {
    const page = 'docs/guides/operate.md'
    const [node] = await list('', 'nodes')
    const tried = `drain ${node?.metadata.name} --dry-run=server --pod-selector=mdk.io/site=hello`
    const said = await follow(page, { sections: ['Drain a node'], instead: { 'drain NODE': tried } })
    expect(said).toMatch(/evicting pod my-site\/hello-ork-.*server dry run/)
    expect(await follow(page, { sections: ['A larger volume for ORK'] })).toMatch(/NAME +GROWS\n.*standard/)
  })

  it('is removed with all sites when everything is to go', async () => {
    await follow(guide, { sections: ['Remove everything'] })
    const left = await run(['get', 'crds,clusterroles,clusterrolebindings', '-o', 'name'])
    expect(left).not.toMatch(/mdk\.io|\/mdk-/)
  })

  it('as the READMEs have it ends with sites that are Ready', async () => {
    await run(['delete', 'namespace', operatorNamespace, 'my-site'])
    await follow('README.md', { sections: ['On your cluster'] })
    await helmDoes('uninstall', 'mdk', '-n', operatorNamespace, '--wait')
    await follow('charts/mdk-operator/README.md')
    await follow('charts/mdk-site/README.md', { instead: { 'my-site': tenant } })
    expect(await untilAllHealthy(tenant, 'hello')).toMatchObject({ status: { devices: { healthy: 2 } } })
  })
})

/** Gives the site's rack these devices; they are served by the pods that were there at first. */
async function expectServed(devices: readonly string[]): Promise<void> {
  await applyYaml(ns, rackOf('kept', 'rack-1', devices))
  const rack = await untilCondition(ns, { kind: 'mdkrack', name: 'rack-1' }, ready)
  expect(rack.status?.devices).toMatchObject({ declared: devices.length, registered: devices.length })
  await until(
    `${devices.length} devices in the site's status`,
    async () => {
      const site = await get(ns, 'mdksite', 'kept')
      return site?.status?.devices?.['healthy'] === devices.length ? true : undefined
    },
    { timeoutMs: 30_000 },
  )
  expect(await podsWithRestarts(ns, sitePods)).toEqual(podsAtFirst)
}

function imageOf(name: 'operator' | 'runtime'): string {
  return `${registryName}/mdk/mdk-${name}:0.1.0`
}

function imageValues(): readonly string[] {
  const repository = (name: 'operator' | 'runtime') => imageOf(name).replace(/:.*/, '')
  return ['--set', `image.repository=${repository('operator')},runtimeImage.repository=${repository('runtime')}`]
}

function upgrade(...args: readonly string[]): Promise<CommandResult> {
  return helmDoes('upgrade', 'mdk', chart, '-n', operatorNamespace, ...imageValues(), ...args)
}

async function helmDoes(...args: readonly string[]): Promise<CommandResult> {
  const result = await helm(...args)
  if (result.exitCode !== 0) throw new Error(`helm ${args.join(' ')}: ${result.stderr}`)
  return result
}

async function helm(...args: readonly string[]): Promise<CommandResult> {
  const { kubeconfig, context } = target()
  const where = ['--kubeconfig', kubeconfig, '--kube-context', context]
  return runCommand(await ensureHelm(terminalProgress()), [...args, ...where], {
    allowFailure: true,
    timeoutMs: 240_000,
  })
}

function target() {
  return { kubeconfig: inject('kubeconfig'), context: inject('context') }
}
