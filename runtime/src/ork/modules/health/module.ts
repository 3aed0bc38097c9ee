/** Pings every registered worker and says who answers. */
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import type { Pong } from '../../../protocol/payloads.ts'
import { createKeyedSchedule, type KeyedSchedule } from '../../ports/keyed-schedule.ts'
import type { WorkerChannel } from '../../ports/worker-channel.ts'
import { afterPing, type Health, type HealthState, isTrusted, unknownHealth } from './machine.ts'
import { pingPace } from './ping-pace.ts'

export interface HealthMonitorPorts {
  readonly channel: WorkerChannel
  readonly clock: Clock
  readonly random: Random
  readonly onPong: (workerId: string, pong: Pong) => void
  /** A ping was lost; `misses` in a row. */
  readonly onMiss: (workerId: string, misses: number) => void
  readonly onStateChange: (workerId: string, state: HealthState) => void
}

/** Pings under way at once: answers that all come together are lost together. */
const pingsInFlight = 32

export class HealthMonitor {
  readonly #ports: HealthMonitorPorts
  readonly #watched = new Map<string, Health>()
  /** What gives up the ping that is under way. */
  readonly #underWay = new Map<string, AbortController>()
  readonly #pings: KeyedSchedule

  constructor(ports: HealthMonitorPorts) {
    this.#ports = ports
    this.#pings = createKeyedSchedule({
      clock: ports.clock,
      limit: pingsInFlight,
      run: (workerId) => this.#ping(workerId),
    })
  }

  /**
   * Pings the worker from now on. It is HEALTHY to begin with, as it has just answered whoever registered it. Workers begin
   * at different moments, so that they aren't pinged all together.
   */
  watch(workerId: string): void {
    if (this.#watched.has(workerId)) return
    this.#watched.set(workerId, afterPing(unknownHealth, true))
    this.#pings.wakeAfter(workerId, this.#ports.random() * this.#pace().intervalMs)
  }

  unwatch(workerId: string): void {
    this.#watched.delete(workerId)
    this.#pings.delete(workerId)
  }

  /** There is a newer link to the worker: pings it there, and waits for no pong on the old one. */
  onLinked(workerId: string): void {
    if (!this.#watched.has(workerId)) return
    this.#underWay.get(workerId)?.abort()
    this.#pings.wake(workerId)
  }

  healthOf(workerId: string): Health {
    return this.#watched.get(workerId) ?? unknownHealth
  }

  /** Whether requests may go to the worker. */
  isTrusted(workerId: string): boolean {
    return isTrusted(this.healthOf(workerId).state)
  }

  close(): void {
    this.#pings.close()
  }

  #pace(): ReturnType<typeof pingPace> {
    return pingPace(this.#watched.size)
  }

  async #ping(workerId: string): Promise<number | null> {
    const { channel, clock } = this.#ports
    const { intervalMs, timeoutMs } = this.#pace()
    const startedAt = clock.now()
    const turn = new AbortController()
    this.#underWay.set(workerId, turn)
    const answer = await channel.ask(workerId, 'health.ping', {}, { timeoutMs, signal: turn.signal })
    this.#underWay.delete(workerId)
    const before = this.#watched.get(workerId)
    if (before === undefined || turn.signal.aborted) return null
    // A worker that refuses or answers nonsense is there all the same.
    const answered = answer.kind === 'ok' || answer.kind === 'refused' || answer.kind === 'malformed'
    this.#note(workerId, before, answered)
    if (answer.kind === 'ok') this.#ports.onPong(workerId, answer.reply)
    const tookMs = clock.now() - startedAt
    return Math.min(intervalMs, Math.max(0, intervalMs - tookMs))
  }

  #note(workerId: string, before: Health, answered: boolean): void {
    const { onMiss, onStateChange } = this.#ports
    const health = afterPing(before, answered)
    this.#watched.set(workerId, health)
    if (!answered) onMiss(workerId, health.misses)
    if (health.state !== before.state) onStateChange(workerId, health.state)
  }
}
