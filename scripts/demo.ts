// npm run demo: the demo site without a cluster, as processes of this machine.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { silentLog } from '../runtime/src/log.ts'
import { startSimulator } from '../runtime/src/simulator/app.ts'
import { parseCommandLine, refuseCommandLine } from './command-line.ts'
import { topologies, writeDemoSite } from './demo/demo-site.ts'
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
const topology = topologies.find((name) => name === positionals[0])
const [port, count] = [Number(values.port), Number(values.devices)]
const areNumbers = Number.isInteger(port) && port > 0 && port < 65_536 && Number.isInteger(count) && count > 0
if (topology === undefined || !areNumbers) {
  refuseCommandLine(usage, 'name one of the shapes; port and devices are whole numbers from 1')
}

const stopped = new Promise<'stopped'>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done('stopped'))
})
const dir = values.dir === undefined ? await mkdtemp(join(tmpdir(), 'mdk-demo-')) : resolve(values.dir)
await mkdir(dir, { recursive: true, mode: 0o700 })
const simulator = await startSimulator(
  {
    ...{ service: 'simulator', driver: 'miner-whatsminer', model: 'M56S', port: 0, count, statusPort: 0 },
    ...{ configDir: dir, stateDir: dir, logLevel: 'error' },
  },
  { log: silentLog, registry: new Registry() },
)
const site = await writeDemoSite({ topology, dir, port, miners: simulator.ports })
const began = performance.now()
const running = runProcesses(site.processes, dir)
const url = `http://127.0.0.1:${port}`
const outcome = await Promise.race([
  stopped,
  running.failed,
  ready()
    .then(tell)
    .then(() => stopped),
])
const ends = await running.stop()
await simulator.close()
if (values.dir === undefined) await rm(dir, { recursive: true, force: true })
const unclean = ends.filter(({ code }) => code !== 0)
if (outcome !== 'stopped') console.error(outcome)
for (const { name, code } of unclean) console.error(`${name} ended with ${code}`)
process.exit(outcome === 'stopped' && unclean.length === 0 ? 0 : 1)

/** Resolves when every device is registered and every worker is healthy. */
async function ready(): Promise<void> {
  for (;;) {
    const health = await fetch(`${url}/health`).then(
      (answer) => answer.json() as Promise<{ status: string; devices: { total: number } | null }>,
      () => null,
    )
    if (health?.status === 'ok' && health.devices?.total === 2 * count) return
    await sleep(100)
  }
}

function tell(): void {
  const { tokens, processes } = site
  const seconds = ((performance.now() - began) / 1_000).toFixed(1)
  const names = processes.map(({ name }) => name).join(', ')
  console.log(`ready after ${seconds} s: 2 workers with ${2 * count} devices at ${url} (processes: ${names}; files: ${dir})

curl -s ${url}/health
curl -s -H 'authorization: Bearer ${tokens.read}' ${url}/site-monitor/devices/rack-a.wm-01/telemetry
curl -s -H 'authorization: Bearer ${tokens.command}' -H 'content-type: application/json' \\
  -d '{"command":"reboot"}' ${url}/site-monitor/devices/rack-b.sim-01/commands

Ctrl-C ends it.`)
}
