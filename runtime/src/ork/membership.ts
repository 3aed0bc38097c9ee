/**
 * Who the site's workers are, and the links to them: joins the registry, discovery and admission.
 */
import type { Roster } from '../contract/roster.ts'
import type { Log } from '../log.ts'
import type { Clock } from '../machine/clock.ts'
import type { Random } from '../machine/random.ts'
import type { Link, LinkError, Peer } from '../net/link.ts'
import type { NetworkNode } from '../net/network-node.ts'
import type { Envelopes } from '../protocol/envelope.ts'
import type { Store } from '../storage/store.ts'
import { Admission } from './modules/admission/module.ts'
import { Discovery } from './modules/discovery/module.ts'
import type { Worker } from './modules/worker-registry/machine.ts'
import { WorkerRegistry } from './modules/worker-registry/module.ts'
import { registryStore } from './modules/worker-registry/record.ts'
import type { Scheduler } from './ports/scheduler.ts'
import type { WorkerChannel } from './ports/worker-channel.ts'
import { createWorkerCalls } from './worker-calls.ts'

export interface MembershipOptions {
  readonly node: NetworkNode
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /**
   * Who may be a worker of the site. `roster`, unless set: those that the roster names. `topic`: whoever announces the topic or
   * is introduced, under the name that it gives, unless another key has that name; who hasn't answered for a day is retired.
   */
  readonly admission?: 'roster' | 'topic'
  /**
   * Who belongs to the site; null until it is known, and then the workers of an earlier run are the site's. With admission by
   * topic its callers alone are looked at.
   */
  readonly roster: () => Roster | null
  /** Who may call; the callers of the roster, unless set. */
  readonly isCaller?: (publicKey: string) => boolean
  readonly topic: () => string | null
  readonly onStrangers: (publicKeys: readonly string[]) => void
}

export interface MembershipPorts {
  readonly channel: WorkerChannel
  readonly scheduler: Scheduler
  readonly envelopes: Envelopes
  /** A worker, its devices or its problem changed, or it is gone. */
  readonly onChange: (workerId: string) => void
  /** There is a first or a newer link to the worker. */
  readonly onLinked: (workerId: string) => void
  /** What there is to say of a worker's link, or of who else claims its name, is another thing. */
  readonly onNews: (workerId: string) => void
  readonly onDial: (result: 'linked' | 'failed') => void
}

export class Membership {
  readonly workers: WorkerRegistry
  readonly #options: MembershipOptions
  readonly #ports: MembershipPorts
  readonly #discovery: Discovery
  /** Null where a roster says who belongs to the site. */
  readonly #admission: Admission | null
  #strangers: readonly string[] = []
  #stopped = false

  constructor(options: MembershipOptions, ports: MembershipPorts) {
    const { store, clock, random, log } = options
    this.#options = options
    this.#ports = ports
    this.workers = new WorkerRegistry({
      store: store.sub(registryStore),
      channel: ports.channel,
      clock,
      random,
      scheduler: ports.scheduler,
      log,
      onChange: ports.onChange,
      onKeyRetired: (publicKey) => this.#onKeyRetired(publicKey),
      onRestarted: (workerId) => this.#onRestarted(workerId),
    })
    this.#discovery = this.#createDiscovery()
    this.#admission = options.admission === 'topic' ? this.#createAdmission() : null
  }

  /** Makes the roster's workers the site's, where it has the say. Resolves when that is on disk. */
  async obeyRoster(): Promise<void> {
    if (this.#admission !== null) return
    const roster = this.#options.roster()
    if (roster !== null) await this.workers.setRoster(roster.workers)
  }

  /** Keeps a link to each worker from now on. */
  start(): void {
    this.#discovery.setPeers(this.workers.list().map(peerOf))
    this.#admission?.start()
    this.#discovery.start()
  }

  /** The roster is another one. */
  async followRoster(): Promise<void> {
    if (this.#stopped || this.#admission !== null) return
    const written = this.obeyRoster()
    this.#discovery.setPeers(this.workers.list().map(peerOf))
    await written
  }

  searchNow(): void {
    this.#discovery.searchNow()
  }

  /** A process that may be one of the site's workers, found by other means than the topic. */
  introduce(peer: Peer): void {
    this.#admission?.introduce(peer)
  }

  isCaller(publicKey: string): boolean {
    const { isCaller, roster } = this.#options
    if (isCaller !== undefined) return isCaller(publicKey)
    return roster()?.callers.some((caller) => caller.publicKey === publicKey) === true
  }

  /** Forgets a worker; if it is still there it registers anew. Rejects if that can't be written. */
  async terminate(workerId: string): Promise<void> {
    const worker = this.workers.find(workerId)
    if (worker === undefined) return
    if (this.#admission === null) return this.workers.deregister(workerId)
    const retired = this.workers.retire(workerId)
    this.#admission.introduce(peerOf(worker))
    await retired
  }

  linkTo(worker: Worker | undefined): Link | undefined {
    return worker === undefined ? undefined : this.#discovery.linkTo(worker.publicKey)
  }

  /** Why there is no link to the worker; null while there is one, and until a dial has failed. */
  dialFailureOf({ publicKey }: Worker): LinkError | null {
    return this.#discovery.failureOf(publicKey)
  }

  /** The key of another process that claims the worker's name; null if none does. */
  claimantOf({ workerId }: Worker): string | null {
    return this.#admission?.claimantOf(workerId) ?? null
  }

  /** The worker's link answers. */
  trust(workerId: string): void {
    this.#withKey(workerId, (publicKey) => this.#discovery.trust(publicKey))
  }

  /** The worker's link didn't answer: it is dialled beside it. */
  doubt(workerId: string): void {
    this.#withKey(workerId, (publicKey) => this.#discovery.doubt(publicKey))
  }

  /** Keys that announce the topic and aren't the site's. */
  get strangers(): readonly string[] {
    return this.#strangers
  }

  /** Registers nobody any more; links stay. */
  stop(): void {
    this.#stopped = true
    this.#admission?.close()
    this.workers.close()
  }

  /** Ends the links. */
  close(): void {
    this.#discovery.close()
  }

  #createDiscovery(): Discovery {
    const { node, clock, random, topic, onStrangers, admission } = this.#options
    const onNews = (publicKey: string): void => {
      const worker = this.workers.ofKey(publicKey)
      if (worker !== undefined) this.#ports.onNews(worker.workerId)
    }
    return new Discovery({
      network: node,
      topic,
      clock,
      random,
      scheduler: this.#ports.scheduler,
      isMember: (publicKey) => this.#isMember(publicKey) || this.#admission?.isUndecided(publicKey) === true,
      findsAll: admission === 'topic',
      onUp: (publicKey) => this.#onUp(publicKey),
      onDown: onNews,
      onFailureChange: onNews,
      onStrangersChange: (strangers) => {
        this.#strangers = strangers
        onStrangers(strangers)
      },
      onDial: this.#ports.onDial,
      onAppeared: (publicKey) => this.#admission?.introduce({ publicKey }),
      onSeen: (publicKey) => this.#admission?.notice({ publicKey }),
    })
  }

  #createAdmission(): Admission {
    const { clock, random, log } = this.#options
    const channel = createWorkerCalls({
      envelopes: this.#ports.envelopes,
      linkTo: (publicKey) => this.#discovery.linkTo(publicKey),
      onAnswer: () => undefined,
      now: () => clock.monotonic(),
    })
    return new Admission({
      channel,
      clock,
      random,
      scheduler: this.#ports.scheduler,
      log,
      isMember: (publicKey) => this.#isMember(publicKey),
      keyOf: (workerId) => this.workers.find(workerId)?.publicKey,
      presences: () =>
        this.workers.list().map((worker) => ({
          workerId: worker.workerId,
          present: this.linkTo(worker) !== undefined,
        })),
      dial: (peer) => this.#discovery.addPeer(peer),
      drop: (publicKey) => {
        this.#discovery.removePeer(publicKey)
        this.#discovery.recheckStrangers()
      },
      admit: (workerId, peer) => {
        this.workers.admit(workerId, peer)
        if (this.#strangers.includes(peer.publicKey)) this.#discovery.recheckStrangers()
        this.workers.onLinked(workerId)
      },
      retire: (workerId) => {
        this.workers
          .retire(workerId)
          .catch((err: unknown) => log.warn({ workerId, err }, 'a retirement cannot be written'))
      },
      onClaim: this.#ports.onNews,
    })
  }

  #isMember(publicKey: string): boolean {
    const isOwn = publicKey === this.#options.node.publicKey || this.isCaller(publicKey)
    return isOwn || this.workers.ofKey(publicKey) !== undefined
  }

  #onUp(publicKey: string): void {
    const worker = this.workers.ofKey(publicKey)
    if (worker === undefined) {
      this.#admission?.onLinked(publicKey)
      return
    }
    this.workers.onLinked(worker.workerId)
    this.#ports.onLinked(worker.workerId)
  }

  #onKeyRetired(publicKey: string): void {
    if (this.#admission === null) this.#discovery.end(publicKey)
    else this.#discovery.removePeer(publicKey)
  }

  #onRestarted(workerId: string): void {
    this.#options.log.info({ workerId }, 'another process answers for a worker')
    this.#withKey(workerId, (publicKey) => this.#discovery.onReplaced(publicKey))
  }

  #withKey(workerId: string, act: (publicKey: string) => void): void {
    const worker = this.workers.find(workerId)
    if (worker !== undefined) act(worker.publicKey)
  }
}

function peerOf({ publicKey, address }: Worker): Peer {
  return address === null ? { publicKey } : { publicKey, address }
}
