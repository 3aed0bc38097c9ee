/**
 * Joins ORK's modules: none knows another, this file tells each what it must hear of the others.
 */
import type { Registry } from 'prom-client'
import type { OrkSettings } from '../contract/settings.ts'
import type { WorkerStatus } from '../contract/status.ts'
import type { Peer } from '../net/link.ts'
import { type Envelopes, envelopesOf } from '../protocol/envelope.ts'
import type { OpenedJournal } from '../storage/journal/journal.ts'
import { type CommandPath, createCommandPath } from './command-path.ts'
import { Membership, type MembershipOptions } from './membership.ts'
import { createOrkMetrics, type OrkMetrics } from './metrics.ts'
import { createCrashBudget } from './modules/fault-supervisor/crash-budget.ts'
import { FaultSupervisor } from './modules/fault-supervisor/module.ts'
import { HealthMonitor } from './modules/health-monitor/module.ts'
import { createScheduler } from './modules/scheduler/module.ts'
import { DeviceStates } from './modules/telemetry-collector/device-states.ts'
import { TelemetryCollector } from './modules/telemetry-collector/module.ts'
import type { Worker } from './modules/worker-registry/machine.ts'
import type { WorkerRegistry } from './modules/worker-registry/module.ts'
import type { Scheduler } from './ports/scheduler.ts'
import type { WorkerChannel } from './ports/worker-channel.ts'
import type { WirePorts, WorkerLine } from './wire.ts'
import { createWorkerCalls, type WorkerCalls } from './worker-calls.ts'
import { createWorkerRoutes, type WorkerRoutes } from './worker-routes.ts'
import { formatWorkerStatus, unhealthyAmong } from './worker-status.ts'

/** Node, store and journal are closed by whoever opened them, after the modules. */
export interface JoinedModulesOptions extends MembershipOptions {
  /** Where commands are kept. */
  readonly commands: OpenedJournal
  /** A fresh UUID. */
  readonly newId: () => string
  readonly registry: Registry
  /** Told of a worker as it is now whenever it may have changed. */
  readonly onWorker: (worker: WorkerStatus) => void
  readonly onWorkerGone: (workerId: string) => void
  /** As usual where it says nothing. Read each time, so that another answer counts from the next turn or decision on. */
  readonly settings?: () => OrkSettings
  /** A job of a module has crashed more often than it may: ORK goes on, but had better be started anew. */
  readonly onBroken?: (job: string) => void
}

/** Sender of envelopes, in upstream's writing. */
const sender = 'ork:kernel:default'
/** After its start ORK takes commands for whom it knew before and reaches for: dials, identity and contract of 1,000 workers take less. */
const reachMs = 15_000
/** Time for commands under way to be answered before links are closed. */
const drainMs = 2_000

/** What `kernel.ts` starts and stops. */
export class JoinedModules {
  readonly wire: WirePorts
  readonly #options: JoinedModulesOptions
  readonly #metrics: OrkMetrics
  readonly #supervisor: FaultSupervisor
  readonly #members: Membership
  readonly #workers: WorkerRegistry
  readonly #health: HealthMonitor
  readonly #deviceStates: DeviceStates
  readonly #routes: WorkerRoutes
  readonly #commands: CommandPath
  /** On the monotonic clock. */
  #startedAt = Number.NEGATIVE_INFINITY

  constructor(options: JoinedModulesOptions) {
    const { clock, newId } = options
    this.#options = options
    this.#metrics = this.#createMetrics()
    const envelopes = envelopesOf(sender, { newId, now: () => clock.now() })
    const channel = this.#createChannel(envelopes)
    this.#supervisor = this.#createSupervisor()
    const scheduler = this.#createScheduler()
    const guarded = this.#supervisor.guard(channel)
    this.#members = new Membership(options, {
      channel,
      scheduler,
      envelopes,
      onChange: (workerId) => this.#onRegistryChange(workerId),
      onLinked: (workerId) => this.#onLinked(workerId),
      onNews: (workerId) => this.#publish(workerId),
      onDial: this.#metrics.onDial,
    })
    this.#workers = this.#members.workers
    this.#health = this.#createHealth(channel, scheduler)
    this.#deviceStates = new DeviceStates({
      channel: guarded,
      scheduler,
      intervalMs: () => options.settings?.().cadences?.statePullMs,
      onChange: (workerId) => this.#publish(workerId),
    })
    this.#routes = this.#createRoutes(channel)
    this.#commands = this.#createCommands(guarded)
    this.wire = this.#createWire(guarded)
  }

  /** Loads what an earlier process left. Before all else. */
  async recover(): Promise<void> {
    await this.#workers.recover()
    await this.#commands.recover()
    for (const { workerId } of this.#workers.list()) this.#publish(workerId)
    await this.#members.obeyRoster()
  }

  start(): void {
    this.#startedAt = this.#options.clock.monotonic()
    this.#members.start()
  }

  followRoster(): Promise<void> {
    return this.#members.followRoster()
  }

  searchNow(): void {
    this.#members.searchNow()
  }

  introduce(peer: Peer): void {
    this.#members.introduce(peer)
  }

  isCaller(publicKey: string): boolean {
    return this.#members.isCaller(publicKey)
  }

  /** Gives commands under way a moment, ends the links, and waits until what that led to is on disk. */
  async stop(): Promise<void> {
    this.#commands.letGo()
    this.#health.close()
    this.#deviceStates.close()
    this.#supervisor.close()
    this.#members.stop()
    await this.#commands.drain(drainMs)
    this.#members.close()
    await this.#commands.close()
  }

  #createMetrics(): OrkMetrics {
    const workers = (): readonly Worker[] => this.#workers.list()
    return createOrkMetrics(this.#options.registry, {
      states: () => workers().map(({ state }) => state),
      healths: () => workers().map(({ workerId }) => this.#health.healthOf(workerId).state),
      devices: () => this.#workers.deviceCount,
      unhealthyDevices: () => workers().reduce((sum, worker) => sum + this.#statusOf(worker).unhealthy.length, 0),
      strangers: () => this.#members.strangers.length,
      circuits: () => this.#supervisor.notClosed(),
      commands: () => this.#commands.counts(),
    })
  }

  #createChannel(envelopes: Envelopes): WorkerCalls {
    return createWorkerCalls({
      envelopes,
      linkTo: (workerId) => this.#members.linkTo(this.#workers.find(workerId)),
      onAnswer: this.#metrics.onAnswer,
      onInstance: (workerId) => this.#commands.onRoutable(workerId),
      now: () => this.#options.clock.monotonic(),
    })
  }

  #createRoutes(calls: WorkerCalls): WorkerRoutes {
    return createWorkerRoutes({
      workers: this.#workers,
      linkTo: (worker) => this.#members.linkTo(worker),
      instanceOf: (link) => calls.instanceOf(link),
      isTrusted: (workerId) => this.#health.isTrusted(workerId),
      isStarting: () => this.#options.clock.monotonic() < this.#startedAt + reachMs,
      mayPass: (workerId, action) => this.#supervisor.mayPass(workerId, action),
    })
  }

  #createCommands(channel: WorkerChannel): CommandPath {
    const { commands: journal, settings: all, store, clock, random, newId, log } = this.#options
    const [{ targets }, metrics] = [this.#routes, this.#metrics]
    const settings = () => all?.().commands
    return createCommandPath({ journal, store, settings, channel, targets, clock, random, newId, log, metrics })
  }

  #createSupervisor(): FaultSupervisor {
    const { clock, random, log } = this.#options
    return new FaultSupervisor({
      clock,
      random,
      log,
      hasSeveralDevices: (workerId) => this.#workers.devicesOf(workerId).length > 1,
      onChange: (workerId) => {
        this.#publish(workerId)
        this.#commands.onRoutable(workerId)
      },
      onMayPass: (workerId) => this.#commands.onRoutable(workerId),
      onOpened: this.#metrics.onCircuitOpened,
      onHeldBack: this.#metrics.onHeldBack,
    })
  }

  #createScheduler(): Scheduler {
    const { clock, random, log, onBroken } = this.#options
    const { onTurn, onSkipped } = this.#metrics
    const budget = createCrashBudget({ clock, log, onBroken: (job) => onBroken?.(job) })
    return createScheduler({ clock, random, onTurn, onSkipped, onCrash: budget.note })
  }

  #createHealth(channel: WorkerChannel, scheduler: Scheduler): HealthMonitor {
    const { clock, random, log, settings } = this.#options
    return new HealthMonitor({
      channel,
      clock,
      random,
      scheduler,
      intervalMs: () => settings?.().cadences?.healthPingMs,
      onPong: (workerId, pong) => {
        this.#workers.onPong(workerId, pong)
        this.#members.trust(workerId)
      },
      onMiss: (workerId) => {
        this.#metrics.onPingLost()
        this.#members.doubt(workerId)
      },
      onStateChange: (workerId, state) => {
        log.info({ workerId, state }, 'health of a worker changed')
        this.#publish(workerId)
        this.#commands.onRoutable(workerId)
      },
    })
  }

  #createWire(channel: WorkerChannel): WirePorts {
    const telemetry = new TelemetryCollector({
      channel,
      clock: this.#options.clock,
      routeOf: this.#routes.routeOf,
      routeTo: this.#routes.routeTo,
      workerIds: () => this.#workers.list().map(({ workerId }) => workerId),
    })
    return {
      telemetry,
      workerCount: () => this.#workers.count,
      workers: ({ offset, limit }) =>
        this.#workers
          .list()
          .slice(offset, offset + limit)
          .map((worker) => this.#lineOf(worker)),
      capabilitiesOf: (deviceId) => this.#workers.ofDevice(deviceId)?.contract?.capabilities ?? null,
      submit: (request) => this.#commands.submit(request),
      commandStatus: (commandId, waitMs) => this.#commands.follow(commandId, waitMs),
      cancelCommand: (commandId) => this.#commands.cancel(commandId),
      terminateWorker: (workerId) => this.#members.terminate(workerId),
    }
  }

  #lineOf({ workerId, state, publicKey, driver, model }: Worker): WorkerLine {
    const deviceIds = this.#workers.devicesOf(workerId)
    return {
      workerId,
      deviceIds,
      state,
      healthState: this.#health.healthOf(workerId).state,
      rpcKey: publicKey,
      unhealthyDeviceIds: unhealthyAmong(deviceIds, this.#deviceStates.unhealthyOf(workerId)),
      driver,
      model,
    }
  }

  #onLinked(workerId: string): void {
    this.#supervisor.onLinked(workerId)
    this.#health.onLinked(workerId)
    this.#publish(workerId)
    this.#commands.onRoutable(workerId)
  }

  #onRegistryChange(workerId: string): void {
    const worker = this.#workers.find(workerId)
    if (worker?.state === 'READY') {
      this.#health.watch(workerId)
      this.#deviceStates.watch(workerId)
    } else {
      this.#health.unwatch(workerId)
      this.#deviceStates.unwatch(workerId)
    }
    if (worker === undefined) {
      this.#supervisor.forget(workerId)
      this.#commands.onWorkerGone(workerId)
      this.#options.onWorkerGone(workerId)
      return
    }
    this.#publish(workerId)
    this.#commands.onRoutable(workerId)
  }

  #publish(workerId: string): void {
    const worker = this.#workers.find(workerId)
    if (worker !== undefined) this.#options.onWorker(this.#statusOf(worker))
  }

  #statusOf(worker: Worker): WorkerStatus {
    const { workerId } = worker
    return formatWorkerStatus({
      worker,
      devices: this.#workers.devicesOf(workerId),
      conflicts: this.#workers.conflictsOf(workerId),
      health: this.#health.healthOf(workerId),
      unhealthy: this.#deviceStates.unhealthyOf(workerId),
      linked: this.#members.linkTo(worker) !== undefined,
      dialFailure: this.#members.dialFailureOf(worker),
      claimant: this.#members.claimantOf(worker),
      heldBack: this.#supervisor.problemOf(workerId),
      registryProblem: this.#workers.problemOf(workerId),
    })
  }
}
