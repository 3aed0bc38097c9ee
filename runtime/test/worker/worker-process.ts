import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect } from 'vitest'
import type { Link } from '../../src/net/link.ts'
import { loopback } from '../net/test-dht.ts'
import { processEnv } from '../process/process-env.ts'
import type { WorkerSite } from './worker-site.ts'

/** A free TCP port; somebody else could take it in the meantime, which nobody does on a test's loopback. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, loopback)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

export async function kill(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

/** Starts a runtime process and waits until it is ready. Whoever starts it kills it. */
export async function runProcess(env: Readonly<Record<string, string>>, statusPort: number): Promise<ChildProcess> {
  const main = new URL('../../src/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main], {
    env: { ...processEnv, STATUS_PORT: String(statusPort), LOG_LEVEL: 'error', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ready = () =>
    fetch(`http://${loopback}:${statusPort}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  await expect.poll(ready, { timeout: 30_000, interval: 50 }).toBe(true)
  return child
}

/** Starts the worker of the site as a process, for Whatsminers. */
export async function runWorker({ config }: WorkerSite): Promise<ChildProcess> {
  const env = {
    SERVICE: 'worker',
    WORKER: 'miner-whatsminer',
    TYPE: 'M56S',
    RACK: 'rack-a',
    WORKER_ID: config.workerId,
    POD_IP: loopback,
    DHT_PORT: '0',
    MDK_CONFIG_DIR: config.configDir,
    MDK_STATE_DIR: config.stateDir,
  }
  return runProcess(env, await freePort())
}

/** A link to the worker as soon as it can be had. */
export async function linked(site: WorkerSite): Promise<Link> {
  const links: Link[] = []
  const dial = () =>
    site.dial().then(
      (link) => links.push(link),
      () => 0,
    )
  await expect.poll(dial, { timeout: 20_000 }).toBeGreaterThan(0)
  return links[0] ?? expect.fail('no link')
}
