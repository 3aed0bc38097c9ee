/**
 * Lets whoever announces the topic become a worker of the site, as upstream's kernel does: a process is dialled, asked for its
 * name, and admitted under it unless another one has it. Not used where a roster says who belongs to the site.
 *
 * A3  Newcomers that are dialled are bounded, so that any number of strangers leaves room for the site's own workers.
 */
import { backoffMs } from '../../../machine/backoff.ts'
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import type { Peer } from '../../../net/link.ts'
import type { ModuleLog } from '../../ports/module-log.ts'
import type { Job, Next, Scheduler } from '../../ports/scheduler.ts'
import type { WorkerChannel } from '../../ports/worker-channel.ts'
import { decideAdmission } from './decide-admission.ts'
import { type Absences, decideRetirement, type Presence } from './decide-retirement.ts'
import { apply, type Newcomer, newNewcomer, type Refusal } from './machine.ts'

export interface AdmissionPorts {
  /** Asks processes by their keys: they have no names yet. */
  readonly channel: WorkerChannel
  readonly clock: Pick<Clock, 'monotonic'>
  readonly random: Random
  readonly scheduler: Scheduler
  readonly log: ModuleLog
  /** Whether a key is one of the site's already. */
  readonly isMember: (publicKey: string) => boolean
  /** The key of the worker with this name. */
  readonly keyOf: (workerId: string) => string | undefined
  readonly presences: () => readonly Presence[]
  readonly dial: (peer: Peer) => void
  /** Gives a peer up, and the link to it. */
  readonly drop: (publicKey: string) => void
  /** The peer is a worker from now on. */
  readonly admit: (workerId: string, peer: Peer) => void
  readonly retire: (workerId: string) => void
  /** Whether another process claims the worker's name has changed. */
  readonly onClaim: (workerId: string) => void
}

/** Far more than a site has workers, little enough for a flood. */
const maxNewcomers = 4_096
const dialledAtOnce = 64
/** A dial takes milliseconds when the process is there. */
const patienceMs = 2_500
const askTimeoutMs = 5_000
const asideFor = { firstMs: 5_000, limitMs: 300_000 }
/** About twenty minutes, as long as DHT nodes keep a record of whoever is gone. */
const rememberedRefusals = 9
const retirementEveryMs = 60_000

export class Admission {
  readonly #ports: AdmissionPorts
  readonly #newcomers = new Map<string, Newcomer>()
  /** Keys of those that wait, in their order. */
  readonly #waiting = new Set<string>()
  readonly #dialled = new Set<string>()
  /** For each name that somebody claims who may not have it, whose key that is. */
  readonly #claims = new Map<string, string>()
  readonly #turns: Job
  readonly #retirement: Job
  #absences: Absences = new Map()
  #lookedAt: number

  constructor(ports: AdmissionPorts) {
    this.#ports = ports
    this.#lookedAt = ports.clock.monotonic()
    this.#turns = ports.scheduler.addJob({
      name: 'admission',
      limit: dialledAtOnce,
      run: (publicKey) => this.#turn(publicKey),
    })
    this.#retirement = ports.scheduler.addJob({ name: 'retirement', limit: 1, run: () => this.#retireAbsent() })
  }

  start(): void {
    this.#retirement.wake('all')
  }

  /** The process is there, as far as is known. */
  notice(peer: Peer): void {
    const { publicKey } = peer
    if (this.#newcomers.has(publicKey) || this.#ports.isMember(publicKey)) return
    if (this.#newcomers.size >= maxNewcomers && !this.#forgetOldest()) return
    this.#newcomers.set(publicKey, newNewcomer(peer))
    this.#waiting.add(publicKey)
    this.#fill()
  }

  /** Somebody says that the process has just come: looks at it at once, however often it was refused. */
  introduce(peer: Peer): void {
    const known = this.#newcomers.get(peer.publicKey)
    if (known === undefined) this.notice(peer)
    else if (known.state === 'ASIDE') this.#turns.wake(peer.publicKey)
  }

  /** There is a link to the process. */
  onLinked(publicKey: string): void {
    if (this.#dialled.has(publicKey)) this.#turns.wake(publicKey)
  }

  /** Whether a process is on its way and hasn't been refused. */
  isUndecided(publicKey: string): boolean {
    return this.#newcomers.get(publicKey)?.refusals === 0
  }

  /** The key of a process that claims the worker's name and was refused. */
  claimantOf(workerId: string): string | null {
    return this.#claims.get(workerId) ?? null
  }

  close(): void {
    this.#turns.close()
    this.#retirement.close()
  }

  /** A3 */
  #fill(): void {
    for (const publicKey of this.#waiting) {
      if (this.#dialled.size >= dialledAtOnce) return
      const newcomer = this.#newcomers.get(publicKey)
      this.#waiting.delete(publicKey)
      if (newcomer === undefined) continue
      this.#newcomers.set(publicKey, apply(newcomer, { on: 'dial' }))
      this.#dialled.add(publicKey)
      this.#turns.wakeAfter(publicKey, patienceMs)
      this.#ports.dial(newcomer.peer)
    }
  }

  async #turn(publicKey: string): Promise<Next> {
    const newcomer = this.#newcomers.get(publicKey)
    switch (newcomer?.state) {
      case undefined:
      case 'WAITING':
        return 'rest'
      case 'ASIDE':
        this.#lookAgain(newcomer)
        return 'rest'
      case 'DIALLED':
        return this.#decide(newcomer)
    }
  }

  /** Who is still there when it has been refused often enough is noticed anew. */
  #lookAgain(newcomer: Newcomer): void {
    const { publicKey } = newcomer.peer
    if (newcomer.refusals >= rememberedRefusals) {
      this.#forget(newcomer)
      return
    }
    this.#newcomers.set(publicKey, apply(newcomer, { on: 'again' }))
    this.#waiting.add(publicKey)
    this.#fill()
  }

  async #decide(newcomer: Newcomer): Promise<Next> {
    const { peer } = newcomer
    const named = await this.#askName(peer.publicKey)
    const refusal = typeof named === 'string' ? decideAdmission(named, peer.publicKey, this.#ports.keyOf(named)) : named
    this.#dialled.delete(peer.publicKey)
    const after: Next = refusal === null ? 'rest' : { afterMs: this.#refuse(newcomer, refusal) }
    if (typeof named === 'string' && refusal === null) this.#admit(newcomer, named)
    this.#fill()
    return after
  }

  /** Its name, or why there is none. */
  async #askName(publicKey: string): Promise<string | Refusal> {
    const answer = await this.#ports.channel.ask(publicKey, 'identity.request', {}, { timeoutMs: askTimeoutMs })
    return answer.kind === 'ok' ? answer.reply.workerId : { reason: 'it does not say who it is', claimed: null }
  }

  #admit(newcomer: Newcomer, workerId: string): void {
    const { peer } = newcomer
    this.#forget(newcomer)
    this.#ports.log.info({ workerId, publicKey: peer.publicKey }, 'a worker is admitted')
    this.#ports.admit(workerId, peer)
  }

  #forget({ peer: { publicKey }, refusal }: Newcomer): void {
    this.#newcomers.delete(publicKey)
    this.#turns.delete(publicKey)
    this.#dropClaim(publicKey, refusal)
  }

  /** Makes room for another one. False if nobody can be forgotten. */
  #forgetOldest(): boolean {
    for (const newcomer of this.#newcomers.values()) {
      if (newcomer.state !== 'ASIDE') continue
      this.#forget(newcomer)
      return true
    }
    return false
  }

  #refuse(newcomer: Newcomer, refusal: Refusal): number {
    const { log, random, drop, onClaim } = this.#ports
    const { publicKey } = newcomer.peer
    const refused = apply(newcomer, { on: 'refuse', refusal })
    this.#newcomers.set(publicKey, refused)
    if (newcomer.refusal?.reason !== refusal.reason) {
      this.#dropClaim(publicKey, newcomer.refusal)
      log.warn({ publicKey, reason: refusal.reason }, 'a process that announces itself is not admitted')
      if (refusal.claimed !== null) {
        this.#claims.set(refusal.claimed, publicKey)
        onClaim(refusal.claimed)
      }
    }
    drop(publicKey)
    return backoffMs(refused.refusals, asideFor, random)
  }

  #dropClaim(publicKey: string, refusal: Refusal | null): void {
    const claimed = refusal?.claimed ?? null
    if (claimed === null || this.#claims.get(claimed) !== publicKey) return
    this.#claims.delete(claimed)
    this.#ports.onClaim(claimed)
  }

  #retireAbsent(): Promise<Next> {
    const { clock, presences, retire, log } = this.#ports
    const now = clock.monotonic()
    const elapsedMs = Math.min(now - this.#lookedAt, 2 * retirementEveryMs)
    this.#lookedAt = now
    const decided = decideRetirement(this.#absences, presences(), elapsedMs)
    this.#absences = decided.absences
    for (const workerId of decided.retire) {
      log.info({ workerId }, 'a worker that was away for a day is retired')
      retire(workerId)
    }
    return Promise.resolve({ everyMs: retirementEveryMs })
  }
}
