import { backoffMs } from '../../../machine/backoff.ts'
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import type { Job, Next, Scheduler } from '../../ports/scheduler.ts'
import type { WorkerChannel } from '../../ports/worker-channel.ts'
import type { RegistrationEvent, Worker } from './machine.ts'
import { pullContract, pullIdentity } from './pull-identity.ts'

export interface RegistrationPorts {
  readonly channel: WorkerChannel
  readonly clock: Clock
  readonly random: Random
  readonly scheduler: Scheduler
  /** The worker as it is now. */
  readonly find: (workerId: string) => Worker | undefined
  /** Applies an event to the worker, on disk and then in memory. */
  readonly advance: (worker: Worker, event: RegistrationEvent) => Promise<Advance>
  readonly onProblemChange: (workerId: string) => void
  /** Another process answers for the worker than before. A worker that doesn't name its process never leads to this. */
  readonly onRestarted: (workerId: string) => void
}

/** `void`: the worker is no more the one that was asked (it left, or has another key), so what it said is void. */
export type Advance = 'done' | 'void' | 'unwritten'

/** `void`: there is nothing to register any more, or no link to do it over. */
type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'void' }
  | { readonly kind: 'failed'; readonly problem: string }

const pullsInFlight = 32
const retry = { firstMs: 250, limitMs: 5_000 }
/** A worker that reports no revision is asked for its devices this often. */
const resyncMs = 30_000

/** Pulls identity and contract of workers: when there is a link, when what they report changes, and until it works. */
export class Registration {
  readonly #ports: RegistrationPorts
  readonly #pulls: Job
  readonly #problems = new Map<string, string>()
  readonly #failures = new Map<string, number>()
  /** What gives up the pull that is under way. */
  readonly #underWay = new Map<string, AbortController>()

  constructor(ports: RegistrationPorts) {
    this.#ports = ports
    this.#pulls = ports.scheduler.addJob({
      name: 'registration',
      limit: pullsInFlight,
      run: (workerId) => this.#pull(workerId),
    })
  }

  /**
   * What the worker said may have changed: pulls, unless a pull is under way or will be tried again anyway. Whoever sees that
   * it is still so afterwards calls again.
   */
  pull(workerId: string): void {
    if (this.#underWay.has(workerId) || this.#failures.has(workerId)) return
    this.#pulls.wake(workerId)
  }

  /** There is a newer link to the worker: pulls over it, and waits for no answer on the old one. */
  pullAfresh(workerId: string): void {
    this.#underWay.get(workerId)?.abort()
    this.#failures.delete(workerId)
    this.#pulls.wake(workerId)
  }

  /** Why the last pull failed; null if it didn't. */
  problemOf(workerId: string): string | null {
    return this.#problems.get(workerId) ?? null
  }

  forget(workerId: string): void {
    this.#pulls.delete(workerId)
    this.#problems.delete(workerId)
    this.#failures.delete(workerId)
  }

  close(): void {
    this.#pulls.close()
  }

  async #pull(workerId: string): Promise<Next> {
    const { find, random } = this.#ports
    const turn = new AbortController()
    this.#underWay.set(workerId, turn)
    const outcome = await this.#pullOnce(workerId, turn.signal).finally(() => this.#underWay.delete(workerId))
    if (turn.signal.aborted) return 'rest'
    switch (outcome.kind) {
      case 'void':
        this.#failures.delete(workerId)
        return 'rest'
      case 'done':
        this.#failures.delete(workerId)
        this.#setProblem(workerId, null)
        return find(workerId)?.revision === null ? { everyMs: resyncMs } : 'rest'
      case 'failed': {
        if (find(workerId) === undefined) return 'rest'
        const failures = (this.#failures.get(workerId) ?? 0) + 1
        this.#failures.set(workerId, failures)
        this.#setProblem(workerId, outcome.problem)
        return { afterMs: backoffMs(failures, retry, random) }
      }
    }
  }

  async #pullOnce(workerId: string, signal: AbortSignal): Promise<Outcome> {
    const { find, channel, clock, onRestarted } = this.#ports
    const asked = find(workerId)
    if (asked === undefined) return { kind: 'void' }
    const identity = await pullIdentity(channel, workerId, signal)
    const named = find(workerId)
    if (named?.publicKey !== asked.publicKey || identity.kind === 'unlinked') return { kind: 'void' }
    if (identity.kind === 'failed') return identity
    const { said } = identity
    const saved = await this.#advance(named, { on: 'identify', said, at: clock.now() })
    if (saved.kind !== 'done') return saved
    if (named.processId !== null && named.processId !== said.processId) onRestarted(workerId)
    return this.#pullContract(asked, signal)
  }

  async #pullContract({ workerId, publicKey }: Worker, signal: AbortSignal): Promise<Outcome> {
    const pulled = await pullContract(this.#ports.channel, workerId, signal)
    const worker = this.#ports.find(workerId)
    // A worker that was forgotten meanwhile and is a member again starts from the beginning.
    const isSame = worker?.publicKey === publicKey && worker.state !== 'DISCOVERED'
    if (!isSame || pulled.kind === 'unlinked') return { kind: 'void' }
    if (pulled.kind === 'failed') return pulled
    return this.#advance(worker, { on: 'contract', contract: pulled.contract })
  }

  async #advance(worker: Worker, event: RegistrationEvent): Promise<Outcome> {
    const advance = await this.#ports.advance(worker, event)
    if (advance !== 'unwritten') return { kind: advance }
    return { kind: 'failed', problem: 'its registration cannot be written to disk; the log has the cause' }
  }

  #setProblem(workerId: string, problem: string | null): void {
    if (this.problemOf(workerId) === problem) return
    if (problem === null) this.#problems.delete(workerId)
    else this.#problems.set(workerId, problem)
    this.#ports.onProblemChange(workerId)
  }
}
