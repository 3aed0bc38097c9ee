import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { applyDemoSite, deleteDemoSite, waitForDemoSite } from '../../../scripts/site/demo-site.ts'
import { appNodeCaller, forward, type Reply } from '../support/app-node.ts'
import { until } from '../support/poll.ts'

const ns = 'mdk-demo'
const root = new URL('../../..', import.meta.url).pathname
type Caller = Awaited<ReturnType<typeof appNodeCaller>>

describe('demo site', () => {
  const target = () => ({ kubeconfig: inject('kubeconfig'), context: inject('context') })
  const images = () => ({ operator: 'not-used', runtime: inject('runtimeImage') })
  let commander: Caller | undefined
  let reader: Caller | undefined

  beforeAll(async () => {
    await applyDemoSite(target(), root, images())
  })
  afterAll(async () => {
    commander?.close()
    reader?.close()
    await deleteDemoSite(target(), root)
  })

  it('two racks with 48 Whatsminers on their own protocol and 48 simulated miners become Ready', async () => {
    const state = await waitForDemoSite(target(), images(), () => undefined, 180_000)
    expect(state).toMatchObject({ ready: true, declared: 96, registered: 96, healthy: 96 })
    commander = await appNodeCaller(ns, 'demo', 'command')
    reader = await appNodeCaller(ns, 'demo', 'read')
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
      // The simulator's values step with time: a reading between two equal views of it is of the same step.
      const [view, reply] = await until<[{ summary: Record<string, number> }, Reply]>(
        'a reading within one step of the simulator',
        async () => {
          const before = await shown()
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
})
