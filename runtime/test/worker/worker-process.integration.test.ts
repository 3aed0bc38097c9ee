import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceEntry } from '../../src/contract/device-list.ts'
import type { Link } from '../../src/net/link.ts'
import { loopback } from '../net/test-dht.ts'
import { ask, openWorkerSite, type WorkerSite } from './worker-site.ts'

/** A free TCP port; somebody else could take it in the meantime, which nobody does on a test's loopback. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, loopback)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

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

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  async function run(env: Readonly<Record<string, string>>, statusPort: number): Promise<ChildProcess> {
    const main = new URL('../../src/main.ts', import.meta.url).pathname
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env['PATH'], STATUS_PORT: String(statusPort), LOG_LEVEL: 'error', ...env },
      stdio: 'inherit',
    })
    children.push(child)
    const ready = () =>
      fetch(`http://${loopback}:${statusPort}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    await expect.poll(ready, { timeout: 20_000, interval: 50 }).toBe(true)
    return child
  }

  const runWorker = async () =>
    run(
      {
        SERVICE: 'worker',
        WORKER: 'miner-whatsminer',
        TYPE: 'M56S',
        RACK: 'rack-a',
        WORKER_ID: site.config.workerId,
        POD_IP: loopback,
        DHT_PORT: '0',
        MDK_CONFIG_DIR: site.config.configDir,
        MDK_STATE_DIR: site.config.stateDir,
      },
      await freePort(),
    )

  async function linked(): Promise<Link> {
    const links: Link[] = []
    await expect
      .poll(
        () =>
          site.dial().then(
            (link) => links.push(link),
            () => 0,
          ),
        { timeout: 10_000 },
      )
      .toBeGreaterThan(0)
    return links[0] ?? expect.fail('no link')
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
    const worker = await runWorker()
    const link = await linked()
    await compare(link, statusPort)
    const before = (await ask(link, 'health.ping')).payload

    await kill(worker)
    await link.ended
    await runWorker()
    const again = await linked()
    await compare(again, statusPort)
    const after = (await ask(again, 'health.ping')).payload
    expect(after['revision']).toBe(before['revision'])
    expect(after['instanceId']).not.toBe(before['instanceId'])
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
