/**
 * Which workers the site has, what they have, and how far their registration is.
 *
 * R3  Where there is a roster it is the authority: who isn't on it is retired, and a key must go by the name that the roster
 *     gives it. Where there is none, a name stays with the key that came with it first.
 * R4  What a worker says of itself is on disk before it shows. What the roster or a caller says is in force at once, as it
 *     takes something away or is read again after a restart, and then on disk. Rows that haven't changed aren't written.
 * R5  What a worker said under a key that isn't its own any more is void.
 */
import type { RosterWorker } from '../../../contract/roster.ts'
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import type { Peer } from '../../../net/link.ts'
import type { Pong } from '../../../protocol/payloads.ts'
import type { Store } from '../../../storage/store.ts'
import type { ModuleLog } from '../../ports/module-log.ts'
import type { Scheduler } from '../../ports/scheduler.ts'
import type { WorkerChannel } from '../../ports/worker-channel.ts'
import { decideRosterChange } from './decide-roster-change.ts'
import type { Conflict } from './device-index.ts'
import { apply, newWorker, type RegistrationEvent, type Worker } from './machine.ts'
import { parsePong, saysTheSame } from './pull-identity.ts'
import { type Advance, Registration } from './registration.ts'
import { createRegistryRows, type RegistryRows } from './registry-rows.ts'
import { WorkerTable } from './worker-table.ts'

export interface WorkerRegistryPorts {
  /** A sub-store of its own (`registryStore`). */
  readonly store: Store
  readonly channel: WorkerChannel
  readonly clock: Clock
  readonly random: Random
  readonly scheduler: Scheduler
  readonly log: ModuleLog
  /** A worker, its devices or its problem changed, or it is gone. */
  readonly onChange: (workerId: string) => void
  /** Whoever holds this key isn't, or isn't any more, who it was. */
  readonly onKeyRetired: (publicKey: string) => void
  /** Another process answers for a worker: what was sent to the one before won't be answered. */
  readonly onRestarted: (workerId: string) => void
}

/** The registry. `recover` comes first, and once. */
export class WorkerRegistry {
  readonly #ports: WorkerRegistryPorts
  readonly #rows: RegistryRows
  readonly #table = new WorkerTable()
  readonly #registration: Registration

  constructor(ports: WorkerRegistryPorts) {
    this.#ports = ports
    this.#rows = createRegistryRows(ports.store)
    this.#registration = new Registration({
      ...ports,
      find: (workerId) => this.#table.find(workerId),
      advance: (worker, event) => this.#advance(worker, event),
      onProblemChange: ports.onChange,
    })
  }

  /** Loads what is on disk: every worker is DISCOVERED, under its last key. */
  async recover(): Promise<void> {
    this.#table.restore(await this.#rows.load())
  }

  /** Makes the roster's workers the site's. Resolves when that is on disk, or logged if it can't be. */
  async setRoster(roster: readonly RosterWorker[]): Promise<void> {
    const { add, retire, rekey, move, sharing } = decideRosterChange(this.#table.all(), roster)
    const writes = [
      ...retire.map((workerId) => this.retire(workerId)),
      ...rekey.map((entry) => this.#follow(entry, 'rekey')),
      ...move.map((entry) => this.#follow(entry, 'move')),
    ]
    this.#table.setSharing(sharing)
    for (const { workerId, publicKey, host, port } of add) this.#put(newWorker(workerId, publicKey, { host, port }))
    for (const result of await Promise.allSettled(writes)) {
      if (result.status === 'fulfilled') continue
      this.#ports.log.warn({ err: result.reason }, 'a change of the roster cannot be written')
    }
  }

  /** Makes a process a worker of the site. Its name must be free, and so must its key. */
  admit(workerId: string, { publicKey, address }: Peer): void {
    this.#put(newWorker(workerId, publicKey, address ?? null))
  }

  /** The worker is none of the site's any more. Rejects if that can't be written; it is in force all the same. */
  async retire(workerId: string): Promise<void> {
    const worker = this.#table.find(workerId)
    if (worker === undefined) return
    apply(worker, { on: 'terminate' })
    this.#registration.forget(workerId)
    const affected = this.#table.remove(workerId)
    this.#ports.onKeyRetired(worker.publicKey)
    for (const changed of affected) this.#ports.onChange(changed)
    await this.#rows.remove(workerId)
  }

  /** There is a first or a newer link to the worker. */
  onLinked(workerId: string): void {
    this.#registration.pullAfresh(workerId)
  }

  /** The worker answered a ping; if it says of itself what it didn't say before, it is asked again. */
  onPong(workerId: string, pong: Pong): void {
    const worker = this.#table.find(workerId)
    if (worker?.state === 'READY' && !saysTheSame(parsePong(pong), worker)) this.#registration.pull(workerId)
  }

  /**
   * Forgets what is registered of a worker; as a member of the site it may register anew. Rejects if that can't be
   * written.
   */
  async deregister(workerId: string): Promise<void> {
    const worker = this.#table.find(workerId)
    if (worker === undefined) return
    const removed = this.retire(workerId)
    this.#put(newWorker(workerId, worker.publicKey, worker.address))
    await removed
  }

  find(workerId: string): Worker | undefined {
    return this.#table.find(workerId)
  }

  /** Sorted by id. */
  list(): readonly Worker[] {
    return [...this.#table.all()].sort((a, b) => (a.workerId < b.workerId ? -1 : 1))
  }

  /** The worker that the roster gives this key. */
  ofKey(publicKey: string): Worker | undefined {
    return this.#table.ofKey(publicKey)
  }

  /** The worker that has this device. */
  ofDevice(deviceId: string): Worker | undefined {
    return this.#table.ofDevice(deviceId)
  }

  /** Devices that the worker has, sorted. */
  devicesOf(workerId: string): readonly string[] {
    return this.#table.devicesOf(workerId)
  }

  conflictsOf(workerId: string): readonly Conflict[] {
    return this.#table.conflictsOf(workerId)
  }

  /** Why the worker isn't registered as it should be; null as far as the registry knows. A sentence without its subject. */
  problemOf(workerId: string): string | null {
    const holder = this.#table.keyHolderBefore(workerId)
    if (holder === undefined) {
      return this.#registration.problemOf(workerId) ?? this.#table.find(workerId)?.trouble ?? null
    }
    return `the roster gives it the key of worker '${holder}'; give it a key of its own`
  }

  /** How many workers there are. */
  get count(): number {
    return this.#table.count
  }

  get deviceCount(): number {
    return this.#table.deviceCount
  }

  close(): void {
    this.#registration.close()
  }

  async #advance(before: Worker, event: RegistrationEvent): Promise<Advance> {
    const worker = apply(before, event)
    const { workerId } = worker
    try {
      await this.#rows.save(worker, this.#table.refusedOf(worker))
    } catch (error) {
      this.#ports.log.warn({ workerId, err: error }, 'a registration cannot be written')
      return 'unwritten'
    }
    const current = this.#table.find(workerId)
    if (current?.publicKey !== worker.publicKey) return 'void'
    // The roster may have moved it meanwhile.
    this.#put({ ...worker, address: current.address })
    return 'done'
  }

  #put(worker: Worker): void {
    for (const changed of this.#table.put(worker)) this.#ports.onChange(changed)
  }

  async #follow({ workerId, publicKey, host, port }: RosterWorker, on: 'move' | 'rekey'): Promise<void> {
    const before = this.#table.find(workerId)
    if (before === undefined) return
    const worker = apply(before, { on, publicKey, address: { host, port } })
    if (on === 'rekey') this.#registration.forget(workerId)
    this.#put(worker)
    if (on === 'rekey') this.#ports.onKeyRetired(before.publicKey)
    await this.#rows.save(worker, this.#table.refusedOf(worker))
  }
}
