/**
 * Joins ORK's modules: none knows another, this file tells each what it must hear of the others.
 */
import type { Registry } from 'prom-client'
import type { Roster } from '../contract/roster.ts'
import type { WorkerStatus } from '../contract/status.ts'
import type { Log } from '../log.ts'
import type { Clock } from '../machine/clock.ts'
import type { Random } from '../machine/random.ts'
import type { Link } from '../net/link.ts'
import type { NetworkNode } from '../net/network-node.ts'
import { envelopesOf } from '../protocol/envelope.ts'
import type { Store } from '../storage/store.ts'
import { createOrkMetrics, type OrkMetrics } from './metrics.ts'
import type { Target } from './modules/commands/dispatcher.ts'
import { Commands } from './modules/commands/module.ts'
import { commandStore } from './modules/commands/record.ts'
import { Discovery } from './modules/discovery/module.ts'
import { HealthMonitor } from './modules/health/module.ts'
import { DeviceStates } from './modules/telemetry/device-states.ts'
import { createTelemetryProxy } from './modules/telemetry/module.ts'
import type { Worker } from './modules/worker-registry/machine.ts'
import { WorkerRegistry } from './modules/worker-registry/module.ts'
import { registryStore } from './modules/worker-registry/record.ts'
import type { WorkerChannel } from './ports/worker-channel.ts'
import type { WirePorts } from './wire.ts'
import { createWorkerCalls } from './worker-calls.ts'
import { formatWorkerStatus } from './worker-status.ts'

export interface JoinedModulesOptions {
  /** Closed by whoever opened it, after the modules. */
  readonly node: NetworkNode
  /** The same. */
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  /** A fresh UUID. */
  readonly newId: () => string
  readonly log: Log
  readonly registry: Registry
  /** Who belongs to the site; null until it is known, and then the workers of an earlier run are the site's. */
  readonly roster: () => Roster | null
  readonly topic: () => string | null
  /** Told of a worker as it is now whenever it may have changed. */
  readonly onWorker: (worker: WorkerStatus) => void
  readonly onWorkerGone: (workerId: string) => void
  readonly onStrangers: (publicKeys: readonly string[]) => void
}

/** Sender of envelopes, in upstream's writing. */
const sender = 'ork:kernel:default'
/** Time for commands under way to be answered before links are closed. */
const drainMs = 2_000

/** What `kernel.ts` starts and stops. */
export class JoinedModules {
  readonly wire: WirePorts
  readonly #options: JoinedModulesOptions
  readonly #metrics: OrkMetrics
  readonly #workers: WorkerRegistry
  readonly #discovery: Discovery
  readonly #health: HealthMonitor
  readonly #deviceStates: DeviceStates
  readonly #commands: Commands
  #strangers: readonly string[] = []
  #stopped = false

  constructor(options: JoinedModulesOptions) {
    const { store, clock, random, newId, log } = options
    this.#options = options
    this.#metrics = this.#createMetrics()
    const channel = this.#createChannel()
    this.#workers = new WorkerRegistry({
      store: store.sub(registryStore),
      channel,
      clock,
      random,
      log,
      onChange: (workerId) => this.#onRegistryChange(workerId),
      onKeyRetired: (publicKey) => this.#discovery.end(publicKey),
      onRestarted: (workerId) => this.#onRestarted(workerId),
    })
    this.#discovery = this.#createDiscovery()
    this.#health = this.#createHealth(channel)
    this.#deviceStates = new DeviceStates({ channel, clock, random, onChange: (workerId) => this.#publish(workerId) })
    this.#commands = new Commands({
      store: store.sub(commandStore),
      channel,
      clock,
      newId,
      log,
      targets: {
        ofDevice: (deviceId) => this.#targetOf(this.#workers.ofDevice(deviceId)),
        find: (workerId) => this.#targetOf(this.#workers.find(workerId)),
      },
      onEnd: ({ commandId, state, error }) => {
        this.#metrics.onCommandEnd(state === 'SUCCESS' ? state : 'FAILED', error)
        log.debug({ commandId, state, code: error }, 'command ended')
      },
    })
    this.wire = this.#createWire(channel)
  }

  /** Loads what an earlier process left. Before all else. */
  async recover(): Promise<void> {
    await this.#workers.recover()
    await this.#commands.recover()
    for (const { workerId } of this.#workers.list()) this.#publish(workerId)
    const roster = this.#options.roster()
    if (roster !== null) await this.#workers.setRoster(roster.workers)
  }

  start(): void {
    this.#followPeers()
    this.#discovery.start()
  }

  async followRoster(): Promise<void> {
    const roster = this.#options.roster()
    if (roster === null || this.#stopped) return
    const written = this.#workers.setRoster(roster.workers)
    this.#followPeers()
    await written
  }

  searchNow(): void {
    this.#discovery.searchNow()
  }

  isCaller(publicKey: string): boolean {
    return this.#options.roster()?.callers.some((caller) => caller.publicKey === publicKey) === true
  }

  /** Gives commands under way a moment, ends the links, and waits until what that led to is on disk. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#health.close()
    this.#deviceStates.close()
    this.#workers.close()
    await this.#commands.drain(drainMs)
    this.#discovery.close()
    await this.#commands.close()
  }

  #createMetrics(): OrkMetrics {
    const workers = (): readonly Worker[] => this.#workers.list()
    return createOrkMetrics(this.#options.registry, {
      states: () => workers().map(({ state }) => state),
      healths: () => workers().map(({ workerId }) => this.#health.healthOf(workerId).state),
      devices: () => this.#workers.deviceCount,
      unhealthyDevices: () => workers().reduce((sum, worker) => sum + this.#statusOf(worker).unhealthy.length, 0),
      strangers: () => this.#strangers.length,
      commandsWaiting: () => this.#commands.counts().waiting,
      commandsInFlight: () => this.#commands.counts().inFlight,
    })
  }

  #createChannel(): WorkerChannel {
    const { clock, newId } = this.#options
    const now = () => clock.now()
    return createWorkerCalls({
      envelopes: envelopesOf(sender, { newId, now }),
      linkTo: (workerId) => this.#linkTo(this.#workers.find(workerId)),
      onAnswer: this.#metrics.onAnswer,
      now,
    })
  }

  #createDiscovery(): Discovery {
    const { node, clock, random, topic, onStrangers } = this.#options
    return new Discovery({
      network: node,
      topic,
      clock,
      random,
      isCaller: (publicKey) => publicKey === node.publicKey || this.isCaller(publicKey),
      onUp: (publicKey) => this.#onUp(publicKey),
      onDown: (publicKey) => this.#publish(this.#workers.ofKey(publicKey)?.workerId),
      onFailureChange: (publicKey) => this.#publish(this.#workers.ofKey(publicKey)?.workerId),
      onStrangersChange: (strangers) => {
        this.#strangers = strangers
        onStrangers(strangers)
      },
      onDial: this.#metrics.onDial,
    })
  }

  #createHealth(channel: WorkerChannel): HealthMonitor {
    const { clock, random, log } = this.#options
    return new HealthMonitor({
      channel,
      clock,
      random,
      onPong: (workerId, pong) => {
        this.#workers.onPong(workerId, pong)
        this.#withKey(workerId, (publicKey) => this.#discovery.trust(publicKey))
      },
      onMiss: (workerId) => {
        this.#metrics.onPingLost()
        this.#withKey(workerId, (publicKey) => this.#discovery.doubt(publicKey))
      },
      onStateChange: (workerId, state) => {
        log.info({ workerId, state }, 'health of a worker changed')
        this.#publish(workerId)
        this.#commands.onRoutable(workerId)
      },
    })
  }

  #createWire(channel: WorkerChannel): WirePorts {
    const routeOf = (deviceId: string) => this.#targetOf(this.#workers.ofDevice(deviceId))
    return {
      ...createTelemetryProxy({ channel, clock: this.#options.clock, routeOf }),
      workers: () =>
        this.#workers.list().map((worker) => ({
          workerId: worker.workerId,
          deviceIds: this.#workers.devicesOf(worker.workerId),
          state: worker.state,
          healthState: this.#health.healthOf(worker.workerId).state,
          rpcKey: worker.publicKey,
          driver: worker.driver,
          model: worker.model,
        })),
      capabilitiesOf: (deviceId) => this.#workers.ofDevice(deviceId)?.contract?.capabilities ?? null,
      submit: async (request) => {
        const submitted = await this.#commands.submit(request)
        if (submitted.kind === 'rejected') this.#metrics.onCommandEnd('REJECTED', submitted.error)
        return submitted
      },
      commandStatus: (commandId) => this.#commands.status(commandId),
      cancelCommand: (commandId) => this.#commands.cancel(commandId),
      terminateWorker: async (workerId) => {
        await this.#workers.deregister(workerId)
      },
    }
  }

  #followPeers(): void {
    this.#discovery.setPeers(this.#workers.list().map(({ publicKey, address }) => ({ publicKey, address })))
  }

  #onUp(publicKey: string): void {
    const worker = this.#workers.ofKey(publicKey)
    if (worker === undefined) return
    this.#workers.onLinked(worker.workerId)
    this.#health.onLinked(worker.workerId)
    this.#publish(worker.workerId)
    this.#commands.onRoutable(worker.workerId)
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
      this.#commands.onWorkerGone(workerId)
      this.#options.onWorkerGone(workerId)
      return
    }
    this.#publish(workerId)
    this.#commands.onRoutable(workerId)
  }

  #onRestarted(workerId: string): void {
    this.#options.log.info({ workerId }, 'another process answers for a worker')
    this.#withKey(workerId, (publicKey) => this.#discovery.endOlder(publicKey))
  }

  #publish(workerId: string | undefined): void {
    const worker = this.#workers.find(workerId ?? '')
    if (worker !== undefined) this.#options.onWorker(this.#statusOf(worker))
  }

  #statusOf(worker: Worker): WorkerStatus {
    const { workerId, publicKey } = worker
    return formatWorkerStatus({
      worker,
      devices: this.#workers.devicesOf(workerId),
      conflicts: this.#workers.conflictsOf(workerId),
      health: this.#health.healthOf(workerId),
      unhealthy: this.#deviceStates.unhealthyOf(workerId),
      linked: this.#linkTo(worker) !== undefined,
      dialFailure: this.#discovery.failureOf(publicKey),
      registryProblem: this.#workers.problemOf(workerId),
    })
  }

  #targetOf(worker: Worker | undefined): Target | undefined {
    if (worker === undefined) return undefined
    const { workerId, state, contract } = worker
    const routable = state === 'READY' && this.#health.isTrusted(workerId) && this.#linkTo(worker) !== undefined
    return { workerId, routable, capabilities: contract?.capabilities ?? null }
  }

  #linkTo(worker: Worker | undefined): Link | undefined {
    return worker === undefined ? undefined : this.#discovery.linkTo(worker.publicKey)
  }

  #withKey(workerId: string, act: (publicKey: string) => void): void {
    const worker = this.#workers.find(workerId)
    if (worker !== undefined) act(worker.publicKey)
  }
}
