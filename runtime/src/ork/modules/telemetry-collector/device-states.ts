import type { WorkerState } from '../../../protocol/payloads.ts'
import type { Job, Next, Scheduler } from '../../ports/scheduler.ts'
import type { WorkerChannel } from '../../ports/worker-channel.ts'

export interface DeviceStatesPorts {
  readonly channel: WorkerChannel
  readonly scheduler: Scheduler
  /** Time between two requests to a worker; undefined for the usual one. Read at each request. */
  readonly intervalMs: () => number | undefined
  /** Other devices of the worker are unhealthy than before. */
  readonly onChange: (workerId: string) => void
}

const pullsInFlight = 16
const usualIntervalMs = 5_000
const timeoutMs = 5_000

/** Which devices are well: asks each worker for the state of all its devices, one request a worker. */
export class DeviceStates {
  readonly #ports: DeviceStatesPorts
  readonly #unhealthy = new Map<string, readonly string[]>()
  readonly #pulls: Job

  constructor(ports: DeviceStatesPorts) {
    this.#ports = ports
    this.#pulls = ports.scheduler.addJob({
      name: 'state-pull',
      limit: pullsInFlight,
      run: (workerId) => this.#pull(workerId),
    })
  }

  /** Asks the worker now, and again and again. */
  watch(workerId: string): void {
    if (!this.#unhealthy.has(workerId)) this.#unhealthy.set(workerId, [])
    this.#pulls.wake(workerId)
  }

  unwatch(workerId: string): void {
    this.#unhealthy.delete(workerId)
    this.#pulls.delete(workerId)
  }

  /** Devices that weren't well when the worker was last asked, sorted. Not necessarily devices that it still has. */
  unhealthyOf(workerId: string): readonly string[] {
    return this.#unhealthy.get(workerId) ?? []
  }

  close(): void {
    this.#pulls.close()
  }

  async #pull(workerId: string): Promise<Next> {
    const { channel, onChange, intervalMs } = this.#ports
    const answer = await channel.ask(workerId, 'state.pull', {}, { timeoutMs })
    const before = this.#unhealthy.get(workerId)
    if (before === undefined) return 'rest'
    // What a worker that doesn't answer said last stays: its devices may be well.
    const unhealthy = answer.kind === 'ok' ? unhealthyIn(answer.reply) : before
    this.#unhealthy.set(workerId, unhealthy)
    if (unhealthy.join() !== before.join()) onChange(workerId)
    return { everyMs: intervalMs() ?? usualIntervalMs }
  }
}

/**
 * Every device that can't be reached or that reports a fault of its own. `unknown` is what a device is until it has been read for
 * the first time.
 */
export function unhealthyIn({ state }: WorkerState): readonly string[] {
  const isUnhealthy = (deviceId: string): boolean => {
    const status = state[deviceId]?.status
    const error = state[deviceId]?.['error']
    return (status !== 'online' && status !== 'unknown') || (typeof error === 'string' && error !== '')
  }
  return Object.keys(state).filter(isUnhealthy).sort()
}
