// Joins the parts of the operator. Nothing is decided here.
import type { Config } from './config.ts'
import { createClusterView } from './controllers/cluster-view.ts'
import { createOrkHearing } from './controllers/ork-hearing.ts'
import { rackReconciler } from './controllers/rack/reconciler.ts'
import type { ReconcilePorts } from './controllers/reconcile-ports.ts'
import { connectRoutes } from './controllers/routes.ts'
import { siteReconciler } from './controllers/site/reconciler.ts'
import { workerReconciler } from './controllers/worker/reconciler.ts'
import type { Clock } from './engine/clock.ts'
import { type Controller, createController } from './engine/controller.ts'
import type { Log } from './engine/log.ts'
import { type Election, type ElectionEvents, leadAlone, type ManagerState, startManager } from './engine/manager.ts'
import type { Reconcile } from './engine/outcome.ts'
import type { Random } from './engine/random.ts'
import { startHealth } from './health.ts'
import { type Caches, createCaches } from './kube/caches.ts'
import { countRules } from './kube/count-rules.ts'
import { createEventRecorder } from './kube/events.ts'
import { createKube } from './kube/kube.ts'
import { startLease } from './kube/lease.ts'
import type { Cluster } from './kube/load-cluster.ts'
import { createTransport, type Transport } from './kube/transport.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createOrkLinks } from './ork-link/ork-links.ts'
import { type OrkReach, reachByProxy, reachByService } from './ork-link/ork-reach.ts'

/** Name of the operator as the API server sees it: user agent, reporter of events, lease. */
const operatorName = 'mdk-operator'

/** What the operator needs of its surroundings. */
export interface OperatorPorts {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  /** Must be cryptographically strong. */
  readonly randomBytes: (sizeBytes: number) => Buffer
  readonly log: Log
  /** Called at most once, when the process must end at once with an error. */
  readonly onFatal: (reason: string) => void
  /** The way to ORKs; by default that of a process in or outside the cluster, as the configuration says. */
  readonly reach?: OrkReach
}

export interface Operator {
  readonly state: ManagerState
  /** TCP port of probes and metrics. */
  readonly port: number
  /** Lets what runs end, gives leadership up, closes all. Idempotent. */
  close(): Promise<void>
}

/** Starts the operator. Rejects if its port is taken; what happens later goes to `onFatal` or is tried again. */
export async function startOperator(config: Config, ports: OperatorPorts): Promise<Operator> {
  const { clock, log, random } = ports
  const metrics = createMetrics()
  let election: Election | undefined
  const newTransport = (mayWrite: () => boolean): Transport =>
    createTransport({
      cluster: ports.cluster,
      userAgent: `${operatorName}/${config.leaderElection?.identity ?? 'alone'}`,
      clock,
      random,
      onRequest: metrics.onRequest,
      mayWrite,
    })
  const transport = newTransport(() => election?.leads ?? false)
  // A lease must be renewed while everything else waits for an answer.
  const leaseTransport = newTransport(() => election?.lapsed !== true)
  const caches = createCaches({ transport, namespaces: config.namespaces, clock, random, log, hooks: metrics.onWatch })
  metrics.watchCaches(caches)
  const { controllers, close: closeControllers } = joinControllers(config, ports, { caches, metrics, transport })
  const closeTransports = () => Promise.all([transport.close(), leaseTransport.close()])
  const health = await startHealth({ port: config.port, caches, metrics }).catch(async (error: unknown) => {
    await closeTransports()
    throw error
  })
  const manager = startManager({
    warm: caches.warm,
    elect: (events) => (election = elect(config, ports, { events, metrics, transport: leaseTransport })),
    controllers,
    log,
    onFatal: ports.onFatal,
  })
  const close = async () => {
    await manager.close()
    await closeControllers()
    await caches.close()
    await health.close()
    await closeTransports()
  }
  let closed: Promise<void> | undefined
  return {
    get state() {
      return manager.state
    },
    port: health.port,
    close: () => (closed ??= close()),
  }
}

interface Surroundings {
  readonly caches: Caches
  readonly metrics: Metrics
  readonly transport: Transport
}

interface JoinedControllers {
  readonly controllers: readonly Controller[]
  close(): Promise<void>
}

function joinControllers(
  config: Config,
  ports: OperatorPorts,
  { caches, metrics, transport }: Surroundings,
): JoinedControllers {
  const { clock, log, random } = ports
  const instance = config.leaderElection?.identity ?? operatorName
  const events = createEventRecorder({ transport, clock, log, controller: operatorName, instance })
  const kube = createKube({ transport, caches, events, clock, countRules, onWrite: metrics.onWrite })
  const links = createOrkLinks({ reach: chooseReach(config, ports, transport), clock, random, log })
  const view = createClusterView(caches)
  const reconciling: ReconcilePorts = {
    view,
    kube,
    hearing: createOrkHearing(links, clock),
    clock,
    randomBytes: ports.randomBytes,
    config,
  }
  const controller = (name: string, workers: number, reconcile: Reconcile): Controller =>
    createController({ name, workers, reconcile, clock, random, log, hooks: metrics.controller(name, workers) })
  const site = controller('site', 4, siteReconciler({ ...reconciling, links, onDevices: metrics.setSiteDevices }))
  const worker = controller('worker', 4, workerReconciler(reconciling))
  const rack = controller('rack', 4, rackReconciler(reconciling))
  const disconnect = connectRoutes(view, links.onChange, { site, worker, rack })
  return { controllers: [site, worker, rack], close: () => closeAll(disconnect, links, events) }
}

async function closeAll(disconnect: () => void, ...parts: readonly { close(): Promise<void> }[]): Promise<void> {
  disconnect()
  await Promise.all(parts.map((part) => part.close()))
}

function chooseReach(config: Config, ports: OperatorPorts, transport: Transport): OrkReach {
  return ports.reach ?? (config.inCluster ? reachByService() : reachByProxy(transport))
}

interface Campaign {
  readonly events: ElectionEvents
  readonly metrics: Metrics
  readonly transport: Transport
}

function elect({ leaderElection }: Config, { clock, log, random }: OperatorPorts, campaign: Campaign): Election {
  const { events, metrics, transport } = campaign
  const told: ElectionEvents = {
    won: () => {
      metrics.setLeading(operatorName, true)
      events.won()
    },
    lost: (reason) => {
      metrics.setLeading(operatorName, false)
      events.lost(reason)
    },
  }
  return leaderElection === null
    ? leadAlone(told)
    : startLease({ transport, clock, random, log, name: operatorName, ...leaderElection }, told)
}
