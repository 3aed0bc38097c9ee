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
/** While there are devices that the worker hasn't read yet. */
const unreadIntervalMs = 1_000
const timeoutMs = 5_000

/** Which devices are well: asks each worker for the state of all its devices, one request a worker. */
export class DeviceStates {
  readonly #ports: DeviceStatesPorts
  /** What each worker that is watched said last; null until it has. */
  readonly #said = new Map<string, Verdict | null>()
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
    if (!this.#said.has(workerId)) this.#said.set(workerId, null)
    this.#pulls.wake(workerId)
  }

  unwatch(workerId: string): void {
    this.#said.delete(workerId)
    this.#pulls.delete(workerId)
  }

  /**
   * Devices that weren't well when the worker was last asked, sorted, and not necessarily such as it still has; null until it has
   * answered: then nothing is known of any.
   */
  unhealthyOf(workerId: string): readonly string[] | null {
    return this.#said.get(workerId)?.unhealthy ?? null
  }

  close(): void {
    this.#pulls.close()
  }

  async #pull(workerId: string): Promise<Next> {
    const { channel, onChange, intervalMs } = this.#ports
    const answer = await channel.ask(workerId, 'state.pull', {}, { timeoutMs })
    const before = this.#said.get(workerId)
    if (before === undefined) return 'rest'
    // What a worker that doesn't answer said last stays: its devices may be well.
    const verdict = answer.kind === 'ok' ? judge(answer.reply, before) : before
    this.#said.set(workerId, verdict)
    if (verdict?.unhealthy.join() !== before?.unhealthy.join()) onChange(workerId)
    const everyMs = intervalMs() ?? usualIntervalMs
    return { everyMs: verdict?.hasUnread === true ? Math.min(everyMs, unreadIntervalMs) : everyMs }
  }
}

/** What is known of the devices of one worker. */
export interface Verdict {
  /** Sorted. */
  readonly unhealthy: readonly string[]
  /** Devices that have been read at least once. */
  readonly read: ReadonlySet<string>
  /** Whether there are others. */
  readonly hasUnread: boolean
}

/**
 * Unhealthy is every device that can't be reached, that reports a fault of its own, or that was never read: it may be anything. Its
 * state is `unknown` until then, and again when its worker was started anew: then what was known of it before stays.
 */
export function judge({ state }: WorkerState, before: Verdict | null): Verdict {
  const ailing = new Set(before?.unhealthy)
  const read = new Set<string>()
  const unhealthy: string[] = []
  let hasUnread = false
  for (const [deviceId, { status, error }] of Object.entries(state)) {
    const isUnknown = status === 'unknown'
    const isUnread = isUnknown && before?.read.has(deviceId) !== true
    if (isUnread) hasUnread = true
    else read.add(deviceId)
    const isWell = isUnknown ? !isUnread && !ailing.has(deviceId) : status === 'online' && !isFault(error)
    if (!isWell) unhealthy.push(deviceId)
  }
  return { unhealthy: unhealthy.sort(), read, hasUnread }
}

function isFault(error: unknown): boolean {
  return typeof error === 'string' && error !== ''
}
