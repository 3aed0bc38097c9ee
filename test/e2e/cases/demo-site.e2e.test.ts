// The two commands of the README on a cluster that is there already, with the images going through a registry. In between, the
// demo site is used.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { imagesOfTree } from '../../../scripts/site/images.ts'
import { installOperator, uninstallOperator } from '../../../scripts/site/operator-install.ts'
import { type CommandResult, runCommand } from '../cluster/command.ts'
import { findDocker } from '../cluster/docker.ts'
import { appNodeCaller, forward, type Reply } from '../support/app-node.ts'
import { applyYaml, get, list, makeNamespace, run } from '../support/kube.ts'
import { until } from '../support/poll.ts'
import { prepareRegistry, type Registry, startRegistry } from '../support/registry.ts'
import { helloSite, yaml } from '../support/sites.ts'

const ns = 'mdk-demo'
const otherNs = 'e2e-beside-the-demo'
const root = join(import.meta.dirname, '../../..')
type Caller = Awaited<ReturnType<typeof appNodeCaller>>

describe('demo site', () => {
  const target = () => ({ kubeconfig: inject('kubeconfig'), context: inject('context') })
  let registry: Registry | undefined
  let commander: Caller | undefined
  let reader: Caller | undefined

  beforeAll(async () => {
    await prepareRegistry()
    const docker = await findDocker()
    if (docker === undefined) throw new Error('the Docker that the cluster runs in is gone')
    registry = await startRegistry(docker, [`${inject('context').slice('kind-'.length)}-control-plane`])
    await uninstallOperator(target(), root)
  })
  afterAll(async () => {
    commander?.close()
    reader?.close()
    await registry?.close()
    await installOperator(target(), root, await imagesOfTree(root))
  })

  function command(script: string, ...args: readonly string[]): Promise<CommandResult> {
    const env = { KUBECONFIG: inject('kubeconfig') }
    const all = [join(root, 'scripts', script), '--context', inject('context'), ...args]
    return runCommand(process.execPath, all, { env, timeoutMs: 240_000 })
  }
  const up = () => command('up.ts', '--registry', registry!.place)

  it('`up` pushes the images, and two racks with 48 Whatsminers and 48 simulated miners become Ready', async () => {
    const { stdout } = await up()
    expect(stdout).toMatch(/MdkSite +demo +True +Serving +96 +96 +96 +96/)
    const pods = await list(ns, 'pods', 'mdk.io/site=demo')
    for (const { spec } of pods) expect(JSON.stringify(spec)).toContain(`"image":"${registry!.place}/mdk-runtime:`)
    commander = await appNodeCaller(ns, 'demo', 'command')
    reader = await appNodeCaller(ns, 'demo', 'read')
  })

  it('`up` once more changes nothing', async () => {
    const versions = async () => {
      const objects = await list(ns, 'mdksites,mdkracks,mdkworkers,deployments,statefulsets,pods')
      return objects.map(({ kind, metadata }) => `${kind} ${metadata.uid} ${metadata.generation}`)
    }
    const before = await versions()
    expect((await up()).stdout).toContain('npm run down')
    expect(await versions()).toEqual(before)
  })

  it('App Node lists both workers with their devices', async () => {
    const { status, body } = await reader!.call('GET', '/site-monitor/workers')
    expect(status).toBe(200)
    const workers = body['workers'] as { workerId: string; deviceIds: string[]; state: string }[]
    expect(workers.map(({ workerId, state, deviceIds }) => [workerId, state, deviceIds.length]).sort()).toEqual([
      ['simulated-rack-b', 'READY', 48],
      ['whatsminer-m56s-rack-a', 'READY', 48],
    ])
  })

  it('telemetry of a device through App Node is what its simulator shows', async () => {
    const simulator = await forward(ns, 'deployment/simulator', 8080)
    try {
      const shown = async () =>
        (await (await fetch(`${simulator.url}/v1/devices/7`)).json()) as { summary: Record<string, number> }
      const told = () => reader!.call('GET', '/site-monitor/devices/rack-a.wm-07/telemetry')
      // The simulator's values step with time: a reading between two equal views of it is of the same step. The worker may give
      // one that it took a second ago.
      const [view, reply] = await until<[{ summary: Record<string, number> }, Reply]>(
        'a reading within one step of the simulator',
        async () => {
          const before = await shown()
          await sleep(2_000)
          const reply = await told()
          const after = await shown()
          return before.summary['MHS av'] === after.summary['MHS av'] ? [after, reply] : undefined
        },
        { timeoutMs: 60_000 },
      )
      expect(reply.status).toBe(200)
      const stats = (reply.body['metrics'] as { stats: Record<string, unknown> }).stats
      expect(stats['power_w']).toBe(view.summary['Power'])
      expect((stats['hashrate_mhs'] as Record<string, number>)['avg']).toBe(view.summary['MHS av'])
    } finally {
      simulator.close()
    }
  })

  it('a command changes a simulated device', async () => {
    const path = '/site-monitor/devices/rack-b.sim-05'
    const sent = await commander!.call('POST', `${path}/commands`, { command: 'setPowerMode', params: { mode: 'low' } })
    expect(sent.status).toBe(202)
    await until(
      'the device runs in power mode low',
      async () => {
        const { body } = await reader!.call('GET', `${path}/telemetry`)
        const config = (body['metrics'] as { config: Record<string, unknown> }).config
        return config['power_mode'] === 'low' ? true : undefined
      },
      { timeoutMs: 30_000 },
    )
  })

  it('a command with the read token is refused, and one without a token too', async () => {
    const path = '/site-monitor/devices/rack-b.sim-06/commands'
    const refused = await reader!.call('POST', path, { command: 'setPowerMode', params: { mode: 'low' } })
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'ERR_AUTH_FAIL_NO_PERMS' } } })
    const { url, close } = await forward(ns, 'service/demo-app-node', 3000)
    const response = await fetch(`${url}${path}`, { method: 'POST', body: '{}' })
    close()
    expect(response.status).toBe(401)
  })

  it('/health tells the counts to all, and every worker to who has a token', async () => {
    const { body } = await reader!.call('GET', '/health')
    expect(body).toMatchObject({ status: 'ok', ork: { reachable: true } })
    expect(JSON.stringify(body)).toContain('whatsminer-m56s-rack-a')
  })

  it('`down` leaves the operator to other sites, and without any removes exactly what `up` made', async () => {
    await makeNamespace(otherNs)
    await applyYaml(otherNs, yaml(helloSite('other')))
    expect((await command('down.ts')).stdout).toContain(`operator and CRDs stay: there are the sites ${otherNs}/other`)
    expect(await get(otherNs, 'mdksite', 'other')).toBeDefined()
    await run(['delete', 'namespace', otherNs])
    await command('down.ts')
    const left = await run(['get', 'namespaces,crds,clusterroles,clusterrolebindings', '-o', 'name'])
    expect(left).not.toMatch(/mdk-demo|mdk-system|mdk\.io|\/mdk-/)
    expect(left).toContain('namespace/kube-system')
  })
})
