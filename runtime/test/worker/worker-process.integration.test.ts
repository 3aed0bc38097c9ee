import type { ChildProcess } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceEntry } from '../../src/contract/device-list.ts'
import type { Link } from '../../src/net/link.ts'
import { loopback } from '../net/test-dht.ts'
import { freePort, kill, linked, runProcess, runWorker } from './worker-process.ts'
import { ask, openWorkerSite, type WorkerSite } from './worker-site.ts'

describe('worker process with Whatsminers behind the simulator process', () => {
  let site: WorkerSite
  const children: ChildProcess[] = []
  beforeEach(async () => {
    site = await openWorkerSite({ driver: 'miner-whatsminer', model: 'M56S', workerId: 'whatsminer-m56s-rack-a' })
  })
  afterEach(async () => {
    for (const child of children.splice(0)) await kill(child)
    await site.close()
  })

  const run = async (env: Readonly<Record<string, string>>, statusPort: number) => {
    children.push(await runProcess(env, statusPort))
  }
  const startWorker = async (): Promise<ChildProcess> => {
    const worker = await runWorker(site)
    children.push(worker)
    return worker
  }

  it('shows what the simulator shows, and does so again after it was killed and started with the same key', async () => {
    const [firstPort, statusPort] = [await freePort(), await freePort()]
    const model = { WORKER: 'miner-whatsminer', TYPE: 'M56S' }
    await run({ SERVICE: 'simulator', ...model, COUNT: '1', PORT: String(firstPort) }, statusPort)
    const device: DeviceEntry = {
      id: 'rack-a.wm-01',
      driver: 'miner-whatsminer',
      model: 'M56S',
      address: 'localhost',
      port: firstPort,
      options: {},
      credentials: {},
    }
    await site.writeDevices([device])
    const worker = await startWorker()
    const link = await linked(site)
    await compare(link, statusPort)
    const before = (await ask(link, 'health.ping')).payload

    await kill(worker)
    await link.ended
    await startWorker()
    const again = await linked(site)
    await compare(again, statusPort)
    const after = (await ask(again, 'health.ping')).payload
    expect(after['revision']).toBe(before['revision'])
    expect(after['instanceId']).toBe(before['instanceId'])
    expect(after['processId']).not.toBe(before['processId'])
    again.close()
  })

  /** Reads the device through the worker between two equal views of the simulator: then all three are of one moment. */
  async function compare(link: Link, statusPort: number): Promise<void> {
    const view = async () => {
      const response = await fetch(`http://${loopback}:${statusPort}/v1/devices/1`)
      return ((await response.json()) as { summary: Record<string, unknown> }).summary
    }
    await expect
      .poll(
        async () => {
          const before = await view()
          const { payload } = await ask(link, 'telemetry.pull', { query: { type: 'metrics' } }, 'rack-a.wm-01')
          const after = await view()
          if (before['Uptime'] !== after['Uptime']) return 'moved on'
          expect(payload).toMatchObject({ metrics: { stats: { power_w: before['Power'] } } })
          const stats = (payload['metrics'] as { stats: { hashrate_mhs: { rt: number } } }).stats
          return stats.hashrate_mhs.rt === before['HS RT'] ? 'equal' : 'different'
        },
        { timeout: 15_000, interval: 300 },
      )
      .toBe('equal')
  }
})
