import { Registry } from 'prom-client'
import { z } from 'zod'
import { createMetrics } from '../../../operator/src/metrics.ts'
import { registerMetrics as registerAppNodeMetrics } from '../../../runtime/src/app-node/http-metrics.ts'
import { registerMetrics as registerDhtMetrics } from '../../../runtime/src/dht/metrics.ts'
import { silentLog } from '../../../runtime/src/log.ts'
import { createOrkMetrics } from '../../../runtime/src/ork/metrics.ts'
import { watchStores } from '../../../runtime/src/ork/store-watch.ts'
import { createRegistry } from '../../../runtime/src/process/metrics.ts'
import { watchMemory } from '../../../runtime/src/worker/memory-watch.ts'
import { createWorkerMetrics } from '../../../runtime/src/worker/worker-metrics.ts'
import { code, formatPage, formatTable } from '../markdown.ts'

const metric = z.object({ name: z.string(), help: z.string(), type: z.string(), labelNames: z.array(z.string()) })
type Metric = z.output<typeof metric>

/** Programs in the order of the page, and how each fills a registry. */
const programs: Readonly<Record<string, (registry: Registry) => void>> = {
  Operator: (registry) => createMetrics(registry).watchCaches({ sizes: () => [] }),
  ORK: (registry) => {
    createOrkMetrics(registry, {
      states: () => [],
      healths: () => [],
      devices: () => 0,
      unhealthyDevices: () => 0,
      strangers: () => 0,
      circuits: () => [],
      commands: () => ({ waiting: 0, inFlight: 0, ended: 0 }),
    })
    watchStores(registry, silentLog, [])
  },
  Worker: (registry) => {
    createWorkerMetrics(registry, () => ({ online: 0, offline: 0, unknown: 0 }))
    watchMemory(registry, silentLog, () => null)
  },
  'App Node': (registry) => void registerAppNodeMetrics(registry, () => false),
  'DHT node': (registry) => registerDhtMetrics(registry, () => false),
}

/** Every metric that a program serves on `/metrics`, read off the registries that the programs fill. */
export function formatMetrics(): string {
  const ofEach = Object.entries(programs).map(([program, fill]) => [program, metricsOf(fill)] as const)
  const ofAllRuntimes = read(createRegistry('ork', ''))
  return formatPage(
    'Metrics',
    'the programs themselves',
    "Served in the format of Prometheus on `/metrics` of port 8080, without a token. All programs also serve what `prom-client` tells of a Node process (`process_…`, `nodejs_…`). The operator's engine uses the names of controller-runtime and client-go, so that their dashboards fit.",
    ...ofEach.flatMap(([program, metrics]) => [`## ${program}`, formatRows(metrics)]),
    '## Every process of the runtime image',
    formatRows(ofAllRuntimes.filter(isOwn)),
  )
}

function metricsOf(fill: (registry: Registry) => void): readonly Metric[] {
  const registry = new Registry()
  fill(registry)
  return read(registry).filter(isOwn)
}

/** Node's own metrics are described by prom-client. */
function isOwn({ name }: Metric): boolean {
  return !/^(process|nodejs)_/.test(name)
}

function read(registry: Registry): readonly Metric[] {
  return z.array(metric).parse(registry.getMetricsAsArray())
}

function formatRows(metrics: readonly Metric[]): string {
  return formatTable(
    ['metric', 'type', 'labels', 'meaning'],
    metrics.map(({ name, type, labelNames, help }) => [code(name), type, labelNames.map(code).join(', '), help]),
  )
}
