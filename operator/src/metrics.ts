// Metrics with the names and labels of controller-runtime, client-go and its work queue, so that dashboards made for those work.
// No label holds the name of an object, a site's own gauge apart.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ControllerHooks } from './engine/controller.ts'
import { type Lane, lanePriority } from './engine/work-queue.ts'
import type { Caches } from './kube/caches.ts'
import type { ReflectorHooks } from './kube/reflector.ts'
import type { WriteHook } from './kube/run.ts'
import type { RequestHook } from './kube/transport.ts'

/** Devices of a site, by what is known of them. */
export interface DeviceCounts {
  readonly declared: number
  readonly assigned: number
  readonly registered: number
  readonly healthy: number
}

export interface Metrics {
  controller(name: string, workers: number): ControllerHooks
  readonly onRequest: RequestHook
  readonly onWatch: ReflectorHooks
  readonly onWrite: WriteHook
  /** Sizes of caches are read at each scrape. */
  watchCaches(caches: Pick<Caches, 'sizes'>): void
  setLeading(lease: string, isLeading: boolean): void
  /** null: the site is gone. */
  setSiteDevices(site: string, counts: DeviceCounts | null): void
  /** What a scrape gets. */
  scrape(): Promise<{ readonly contentType: string; readonly body: string }>
}

const runSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const queueSeconds = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000]

/** Adds all metrics to the registry, Node's own among them. */
export function createMetrics(registry: Registry = new Registry()): Metrics {
  collectDefaultMetrics({ register: registry })
  const controllers = controllerMetrics(registry)
  const client = clientMetrics(registry)
  return {
    ...client,
    controller: controllers,
    scrape: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  }
}

function clientMetrics(registry: Registry): Omit<Metrics, 'controller' | 'scrape'> {
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers })
  const requests = counter('rest_client_requests_total', 'Requests to the API server.', ['code', 'method', 'host'])
  const restarts = counter('mdk_operator_watch_restarts_total', 'Watches that broke.', ['kind'])
  const relists = counter('mdk_operator_relists_total', 'Lists of a whole kind.', ['kind'])
  const writes = counter('mdk_operator_applies_total', 'Writes of objects, by how they ended.', ['kind', 'result'])
  const leading = new Gauge({
    name: 'leader_election_master_status',
    help: 'Whether this process leads (1) or stands by (0).',
    labelNames: ['name'],
    registers,
  })
  const devices = new Gauge({
    name: 'mdk_operator_site_devices',
    help: 'Devices of a site that are declared, assigned, registered and healthy.',
    labelNames: ['site', 'state'],
    registers,
  })
  return {
    onRequest: (sent) => requests.inc(sent),
    onWatch: { listed: (kind) => relists.inc({ kind }), watchBroke: (kind) => restarts.inc({ kind }) },
    onWrite: (written) => writes.inc(written),
    setLeading: (name, isLeading) => leading.set({ name }, isLeading ? 1 : 0),
    setSiteDevices(site, counts) {
      for (const state of ['declared', 'assigned', 'registered', 'healthy'] as const) {
        if (counts === null) devices.remove({ site, state })
        else devices.set({ site, state }, counts[state])
      }
    },
    watchCaches(caches) {
      new Gauge({
        name: 'mdk_operator_cache_objects',
        help: 'Objects in memory.',
        labelNames: ['kind'],
        registers,
        collect() {
          this.reset()
          for (const { kind, size } of caches.sizes()) this.inc({ kind }, size)
        },
      })
    },
  }
}

type Queue = Parameters<ControllerHooks['created']>[0]

function controllerMetrics(registry: Registry): (name: string, workers: number) => ControllerHooks {
  const runs = runMetrics(registry)
  const queue = queueMetrics(registry)
  return (controller, workers) => {
    runs.workers.set({ controller }, workers)
    runs.active.set({ controller }, 0)
    const labels = { name: controller, controller }
    return {
      created: (created) => queue.watched.set(controller, created),
      added: () => queue.adds.inc(labels),
      taken: (waitedMs) => {
        runs.active.inc({ controller })
        queue.waited.observe(labels, waitedMs / 1_000)
      },
      finished: (ranMs) => {
        runs.active.dec({ controller })
        queue.worked.observe(labels, ranMs / 1_000)
      },
      retried: () => queue.retries.inc(labels),
      ran: (result, tookMs) => {
        runs.total.inc({ controller, result })
        if (result === 'error') runs.errors.inc({ controller })
        runs.time.observe({ controller }, tookMs / 1_000)
      },
      timedOut: () => runs.timeouts.inc({ controller }),
      panicked: () => runs.panics.inc({ controller }),
    }
  }
}

function runMetrics(registry: Registry) {
  const registers = [registry]
  const counter = (name: string, help: string) =>
    new Counter({ name: `controller_runtime_${name}`, help, labelNames: ['controller'], registers })
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `controller_runtime_${name}`, help, labelNames: ['controller'], registers })
  return {
    total: new Counter({
      name: 'controller_runtime_reconcile_total',
      help: 'Reconciliations, by result.',
      labelNames: ['controller', 'result'],
      registers,
    }),
    errors: counter('reconcile_errors_total', 'Reconciliations that failed.'),
    panics: counter('reconcile_panics_total', 'Reconciliations that threw what only a bug throws.'),
    timeouts: counter('reconcile_timeouts_total', 'Reconciliations that were aborted at their time limit.'),
    workers: gauge('max_concurrent_reconciles', 'Reconciliations that may run at once.'),
    active: gauge('active_workers', 'Reconciliations that run.'),
    time: new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Time of a reconciliation.',
      labelNames: ['controller'],
      buckets: runSeconds,
      registers,
    }),
  }
}

function queueMetrics(registry: Registry) {
  const registers = [registry]
  const labelNames = ['name', 'controller'] as const
  const counter = (name: string, help: string) =>
    new Counter({ name: `workqueue_${name}`, help, labelNames, registers })
  const histogram = (name: string, help: string) =>
    new Histogram({ name: `workqueue_${name}`, help, labelNames, registers, buckets: queueSeconds })
  const watched = new Map<string, Queue>()
  const gauge = (name: string, help: string, valueOf: (runningMs: readonly number[]) => number) =>
    new Gauge({
      name: `workqueue_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        for (const [controller, queue] of watched) {
          this.set({ name: controller, controller }, valueOf(queue.runningMs()) / 1_000)
        }
      },
    })
  new Gauge({
    name: 'workqueue_depth',
    help: 'Keys that are ready to be worked on.',
    labelNames: ['name', 'controller', 'priority'],
    registers,
    collect() {
      for (const [controller, queue] of watched) {
        for (const lane of ['live', 'resync'] satisfies Lane[]) {
          this.set({ name: controller, controller, priority: lanePriority[lane] }, queue.depth(lane))
        }
      }
    },
  })
  gauge('unfinished_work_seconds', 'Time that all running keys together have been running.', (running) =>
    running.reduce((sum, ms) => sum + ms, 0),
  )
  gauge('longest_running_processor_seconds', 'Time that the oldest running key has been running.', (running) =>
    Math.max(0, ...running),
  )
  return {
    watched,
    adds: counter('adds_total', 'Keys that were added.'),
    retries: counter('retries_total', 'Keys that were added again after a failure.'),
    waited: histogram('queue_duration_seconds', 'Time that a key was ready before it was worked on.'),
    worked: histogram('work_duration_seconds', 'Time that a key was worked on.'),
  }
}
