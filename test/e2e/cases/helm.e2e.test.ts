// The chart on a real cluster. The cases go on from one another: the plain install of the other files is taken over, and put
// back at the end. There is one site throughout, and no pod of it may be touched by anything that Helm does.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Images, imagesOfTree } from '../../../scripts/site/images.ts'
import { installOperator, operatorNamespace } from '../../../scripts/site/operator-install.ts'
import { type CommandResult, runCommand } from '../cluster/command.ts'
import { ensureHelm } from '../cluster/helm.ts'
import { terminalProgress } from '../cluster/progress.ts'
import { applyYaml, get, list, makeNamespace, run, untilCondition, untilReady } from '../support/kube.ts'
import { until } from '../support/poll.ts'
import { helloSite, rackOf, workerOf, yaml } from '../support/sites.ts'

const root = join(import.meta.dirname, '../../..')
const chart = join(root, 'charts/mdk-operator')
const siteChart = join(root, 'charts/mdk-site')
const ns = 'e2e-helm'
const tenant = 'e2e-helm-tenant'
const sitePods = 'mdk.io/site=kept'
const operatorPods = 'app.kubernetes.io/component=operator'
const ready = { type: 'Ready', status: 'True' }

let images: Images
let podsAtFirst: readonly string[]

describe('the Helm chart', () => {
  beforeAll(async () => {
    await ensureHelm(terminalProgress())
    images = await imagesOfTree(root)
    await helm('uninstall', 'mdk', '-n', operatorNamespace, '--ignore-not-found')
    await installOperator(target(), root, images)
    await makeNamespace(ns)
    await applyYaml(ns, yaml(helloSite('kept'), rackOf('kept', 'rack-1', ['m-1']), workerOf('kept')))
    await untilReady(ns, 'kept')
    podsAtFirst = await podsOfSite()
  })

  afterAll(async () => {
    await helm('uninstall', 'mdk', '-n', tenant, '--ignore-not-found')
    await helm('uninstall', 'mdk', '-n', operatorNamespace, '--ignore-not-found', '--wait')
    await installOperator(target(), root, images)
    await run(['delete', 'namespace', ns, tenant, '--ignore-not-found', '--wait=false'])
  })

  it('is refused over a plain install, which it must not take unasked', async () => {
    const { exitCode, stderr } = await helm('install', 'mdk', chart, '-n', operatorNamespace, ...imageValues())
    expect(exitCode).not.toBe(0)
    expect(stderr).toContain('exists and cannot be imported into the current release')
  })

  it('takes the plain install over when asked', async () => {
    await helmDoes('install', 'mdk', chart, '-n', operatorNamespace, ...imageValues(), ...takeOver, '--wait')
    const deployment = await get(operatorNamespace, 'deployment', 'mdk-operator')
    expect(deployment?.metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'Helm' })
    await expectServed(['m-1', 'm-2'])
  })

  it('upgrades to two replicas, of which one stands by, behind a budget and a policy', async () => {
    const more = 'replicas=2,podDisruptionBudget.enabled=true,networkPolicy.enabled=true'
    await upgrade('--set', more, '--force-conflicts', '--wait')
    expect(await list(operatorNamespace, 'pods', operatorPods)).toHaveLength(2)
    expect(await list(operatorNamespace, 'poddisruptionbudgets,networkpolicies', operatorPods)).toHaveLength(2)
    await expectServed(['m-1', 'm-2', 'm-3'])
  })

  it('goes on with the old operator while an upgrade fails, and is rolled back', async () => {
    await expect(
      upgrade('--reuse-values', '--set-string', 'image.tag=none', '--wait', '--timeout=15s'),
    ).rejects.toThrow(/failed/i)
    await expectServed(['m-1', 'm-2'])
    await helmDoes('rollback', 'mdk', '-n', operatorNamespace, '--wait')
    const pods = await list(operatorNamespace, 'pods', operatorPods)
    for (const { spec } of pods) expect(spec).toMatchObject({ containers: [{ image: images.operator }] })
    await expectServed(['m-1'])
  })

  it('leaves the CRDs and sites with all their pods when it is uninstalled', async () => {
    await helmDoes('uninstall', 'mdk', '-n', operatorNamespace, '--wait')
    expect(await get(operatorNamespace, 'deployment', 'mdk-operator')).toBeUndefined()
    expect(await run(['get', 'clusterroles', '-l', operatorPods, '-o', 'name'])).toBe('')
    expect(await get(ns, 'mdksite', 'kept')).toMatchObject({ status: { devices: { healthy: 1 } } })
    expect(await podsOfSite()).toEqual(podsAtFirst)
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
    const site = await get(tenant, 'mdksite', 'mine')
    expect(site?.status?.devices).toEqual({ declared: 1, assigned: 1, registered: 1, healthy: 1 })
    const rack = await get(ns, 'mdkrack', 'rack-1')
    expect(rack?.status?.observedGeneration).not.toBe(rack?.metadata.generation)
    await helmDoes('uninstall', 'mdk', '-n', tenant, '--wait')
  })

  it('looks after the sites again when it is installed again', async () => {
    await helmDoes('install', 'mdk', chart, '-n', operatorNamespace, ...imageValues(), '--wait')
    await untilCondition(ns, { kind: 'mdkrack', name: 'rack-1' }, ready)
    await expectServed(['m-1', 'm-2', 'm-3'])
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
  expect(await podsOfSite()).toEqual(podsAtFirst)
}

/** Each pod of the site with its restarts. */
async function podsOfSite(): Promise<readonly string[]> {
  const pods = await list(ns, 'pods', sitePods)
  return pods.map(({ metadata, status }) => `${metadata.uid} ${status?.containerStatuses?.[0]?.restartCount}`).sort()
}

const takeOver = ['--take-ownership', '--force-conflicts']

function imageValues(): readonly string[] {
  const tagOf = (image: string) => image.slice(image.lastIndexOf(':') + 1)
  return ['--set-string', `image.tag=${tagOf(images.operator)},runtimeImage.tag=${tagOf(images.runtime)}`]
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
