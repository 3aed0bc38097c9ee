/** Pings every registered worker and says who answers. */
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import type { Pong } from '../../../protocol/payloads.ts'
import type { Job, Next, Scheduler } from '../../ports/scheduler.ts'
import type { WorkerChannel } from '../../ports/worker-channel.ts'
import { afterPing, type Health, type HealthState, isTrusted, unknownHealth } from './machine.ts'
import { pingPace } from './ping-pace.ts'

export interface HealthMonitorPorts {
  readonly channel: WorkerChannel
  readonly clock: Clock
  readonly random: Random
  readonly scheduler: Scheduler
  /** Time between two pings to a worker; undefined for what suits the size of the site. Read at each ping. */
  readonly intervalMs: () => number | undefined
  readonly onPong: (workerId: string, pong: Pong) => void
  /** A ping wasn't answered in time. */
  readonly onMiss: (workerId: string) => void
  readonly onStateChange: (workerId: string, state: HealthState) => void
}

/** Pings under way at once: answers that all come together are lost together. */
const pingsInFlight = 32
/** A pong may come later than its ping is waited for: the worker is slow then, or this process is, and not dead (H2). */
const latePongMs = 5_000

/** A worker that is pinged. */
interface Watch {
  health: Health
  /** Ends the wait for a pong; undefined between two pings. */
  turn?: AbortController
}

export class HealthMonitor {
  readonly #ports: HealthMonitorPorts
  readonly #watched = new Map<string, Watch>()
  readonly #pings: Job
  /** Of pings whose time is over. */
  readonly #latePongs: Job
  /** Waited for by that job, by the number of the ping. */
  readonly #late = new Map<string, Promise<boolean>>()
  #lateCount = 0

  constructor(ports: HealthMonitorPorts) {
    this.#ports = ports
    this.#pings = ports.scheduler.addJob({
      name: 'health-ping',
      limit: pingsInFlight,
      run: (workerId) => this.#ping(workerId),
    })
    this.#latePongs = ports.scheduler.addJob({
      name: 'health-late-pong',
      limit: Number.POSITIVE_INFINITY,
      run: (ping) => this.#awaitLate(ping),
    })
  }

  /**
   * Pings the worker from now on. It is HEALTHY to begin with, as it has just answered whoever registered it. Workers begin
   * at different moments, so that they aren't pinged all together.
   */
  watch(workerId: string): void {
    if (this.#watched.has(workerId)) return
    this.#watched.set(workerId, { health: afterPing(unknownHealth, true) })
    this.#pings.wakeAfter(workerId, this.#ports.random() * this.#pace().intervalMs)
  }

  unwatch(workerId: string): void {
    this.#endTurn(workerId)
    this.#watched.delete(workerId)
    this.#pings.delete(workerId)
  }

  /** There is a newer link to the worker: pings it there at once. A pong on the old one counts all the same. */
  onLinked(workerId: string): void {
    if (!this.#watched.has(workerId)) return
    this.#endTurn(workerId)
    this.#pings.wake(workerId)
  }

  healthOf(workerId: string): Health {
    return this.#watched.get(workerId)?.health ?? unknownHealth
  }

  /** Whether requests may go to the worker. */
  isTrusted(workerId: string): boolean {
    return isTrusted(this.healthOf(workerId).state)
  }

  close(): void {
    this.#pings.close()
    this.#latePongs.close()
    for (const workerId of this.#watched.keys()) this.#endTurn(workerId)
  }

  #pace(): ReturnType<typeof pingPace> {
    return pingPace(this.#watched.size, this.#ports.intervalMs())
  }

  #endTurn(workerId: string): void {
    const watch = this.#watched.get(workerId)
    // Without a reason it would be an exception with a stack, a thousand times a second in a large site.
    watch?.turn?.abort('the turn has ended')
    delete watch?.turn
  }

  async #ping(workerId: string): Promise<Next> {
    const watch = this.#watched.get(workerId)
    if (watch === undefined) return 'rest'
    const { clock } = this.#ports
    const { intervalMs, timeoutMs } = this.#pace()
    const turn = new AbortController()
    watch.turn = turn
    const asked = this.#ask(workerId, watch)
    const answered = await Promise.race([asked, clock.sleep(timeoutMs, turn.signal).then(() => false)])
    if (!answered) this.#handOver(asked)
    if (watch.turn !== turn) return 'rest'
    this.#endTurn(workerId)
    if (!answered) this.#note(workerId, watch, false)
    return { everyMs: intervalMs }
  }

  /** What a late pong leads to is work as well: it is counted, and a crash in it is told. */
  #handOver(asked: Promise<boolean>): void {
    this.#lateCount += 1
    const ping = String(this.#lateCount)
    this.#late.set(ping, asked)
    this.#latePongs.wake(ping)
  }

  async #awaitLate(ping: string): Promise<Next> {
    const asked = this.#late.get(ping)
    this.#late.delete(ping)
    await asked
    return 'rest'
  }

  /** Whether the worker answers; when it does, that is noted, however late. */
  async #ask(workerId: string, watch: Watch): Promise<boolean> {
    const answer = await this.#ports.channel.ask(workerId, 'health.ping', {}, { timeoutMs: latePongMs })
    // A worker that refuses or answers nonsense is there all the same.
    const answered = answer.kind === 'ok' || answer.kind === 'refused' || answer.kind === 'malformed'
    if (!answered || this.#watched.get(workerId) !== watch) return answered
    this.#note(workerId, watch, true)
    if (answer.kind === 'ok') this.#ports.onPong(workerId, answer.reply)
    return true
  }

  #note(workerId: string, watch: Watch, answered: boolean): void {
    const { onMiss, onStateChange } = this.#ports
    const before = watch.health
    watch.health = afterPing(before, answered)
    if (!answered) onMiss(workerId)
    if (watch.health.state !== before.state) onStateChange(workerId, watch.health.state)
  }
}
