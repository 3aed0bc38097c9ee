// npm run demo: the demo site without a cluster, as processes of this machine.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { silentLog } from '../runtime/src/log.ts'
import { opening } from '../runtime/src/machine/resource.ts'
import { startSimulator } from '../runtime/src/simulator/app.ts'
import { parseCommandLine, refuseCommandLine } from './command-line.ts'
import { openDemoFolder } from './demo/demo-folder.ts'
import { type DemoSite, type Topology, topologies, writeDemoSite } from './demo/demo-site.ts'
import { runProcesses } from './demo/run-processes.ts'

const usage = `The demo site without a cluster, as processes of this machine.

  usage: npm run demo -- ${topologies.join('|')} [--port N] [--devices N] [--dir PATH]

  --port N     TCP port of the HTTP API; 3000 unless given
  --devices N  devices of each of its two racks; 48 unless given
  --dir PATH   folder for keys, stores and logs, kept afterwards; a temporary one unless given`

const { values, positionals } = parseCommandLine(usage, {
  options: {
    port: { type: 'string', default: '3000' },
    devices: { type: 'string', default: '48' },
    dir: { type: 'string' },
  },
  allowPositionals: true,
})
const [topology, ...surplus] = positionals
const [port, count] = [Number(values.port), Number(values.devices)]
if (!isTopology(topology)) refuseCommandLine(usage, `name one of ${topologies.join(', ')}`)
if (surplus.length > 0) refuseCommandLine(usage, `one demo at a time, and ${surplus.join(' ')} is one more`)
if (!isWhole(port, 65_535)) refuseCommandLine(usage, '--port is a whole number from 1 to 65535')
if (!isWhole(count, 512)) refuseCommandLine(usage, '--devices is a whole number from 1 to 512')

const stopped = new Promise<'stopped'>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done('stopped'))
})
const url = `http://127.0.0.1:${port}`
try {
  process.exitCode = await run(topology)
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

/** Runs the demo until it is stopped or a part of it fails; its exit code. */
function run(shape: Topology): Promise<number> {
  return opening(async (resources) => {
    await expectFree(port)
    const folder = resources.add(await openDemoFolder(values.dir))
    const simulator = resources.add(
      await startSimulator(
        {
          ...{ service: 'simulator', driver: 'miner-whatsminer', model: 'M56S', port: 0, count, statusPort: 0 },
          ...{ configDir: folder.path, stateDir: folder.path, logLevel: 'error' },
        },
        { log: silentLog, registry: new Registry() },
      ),
    )
    const site = await writeDemoSite({ topology: shape, dir: folder.path, port, miners: simulator.ports })
    const began = performance.now()
    const running = runProcesses(site.processes, folder.path)
    const outcome = await Promise.race([
      stopped,
      running.failed,
      ready()
        .then(() => tell(site, { dir: folder.path, seconds: (performance.now() - began) / 1_000 }))
        .then(() => stopped),
    ])
    const ends = await running.stop()
    await resources.close()
    const unclean = ends.filter(({ code }) => code !== 0)
    if (outcome !== 'stopped') console.error(outcome)
    for (const { name, code } of unclean) console.error(`${name} ended with ${code}`)
    return outcome === 'stopped' && unclean.length === 0 ? 0 : 1
  })
}

function isTopology(name: string | undefined): name is Topology {
  return topologies.some((known) => known === name)
}

function isWhole(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most
}

/** Whoever has the port already would answer in place of the demo. */
async function expectFree(wanted: number): Promise<void> {
  const server = createServer()
  try {
    await once(server.listen(wanted), 'listening')
  } catch (cause) {
    throw new Error(`port ${wanted} is taken; give another with --port`, { cause })
  }
  await new Promise((resolve) => server.close(resolve))
}

/** Resolves when every device is registered and every worker is healthy. */
async function ready(): Promise<void> {
  for (;;) {
    const health = await readHealth().catch(() => null)
    if (health?.status === 'ok' && health.devices?.total === 2 * count) return
    await sleep(100)
  }
}

interface Health {
  readonly status: string
  readonly devices: { readonly total: number } | null
}

async function readHealth(): Promise<Health> {
  const answer = await fetch(`${url}/health`)
  return (await answer.json()) as Health
}

function tell(
  { tokens, processes }: DemoSite,
  { dir, seconds }: { readonly dir: string; readonly seconds: number },
): void {
  const names = processes.map(({ name }) => name).join(', ')
  console.log(`ready after ${seconds.toFixed(1)} s: 2 workers with ${2 * count} devices at ${url} (processes: ${names}; files: ${dir})

curl -s ${url}/health
curl -s -H 'authorization: Bearer ${tokens.read}' ${url}/site-monitor/devices/rack-a.wm-01/telemetry
curl -s -H 'authorization: Bearer ${tokens.command}' -H 'content-type: application/json' \\
  -d '{"command":"reboot"}' ${url}/site-monitor/devices/rack-b.sim-01/commands

Ctrl-C ends it.`)
}
