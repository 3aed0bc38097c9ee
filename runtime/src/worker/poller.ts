/**
 * Reads every device from time to time, so that state is known without being asked for.
 * Invariants:
 *   P1 a device has at most one turn waiting or running
 *   P2 devices that are known to be offline are read in a lane of their own: however many there are, they don't delay the
 *      others. One that has just gone silent takes a place among those for as long as its last read there lasts
 *   P3 a device that stays offline is asked less and less often, up to `offlineLimitMs`
 */
import { backoffMs } from '../machine/backoff.ts'
import type { Clock } from '../machine/clock.ts'
import type { HostedDevice } from './hosted-device.ts'

export interface PollerOptions {
  readonly clock: Clock
  /** Numbers in [0, 1). */
  readonly random: () => number
}

export interface Poller {
  /** Reads the device at once and then again and again, until what is returned is called. */
  start(device: HostedDevice): () => void
}

/** Time between two reads of a device that is online, more or less a tenth of it. */
const intervalMs = 5_000
/** How many devices are read at once, of those that answer and of those that don't. */
const onlineLanes = 25
const offlineLanes = 8
const offlineLimitMs = 30_000

export function createPoller({ clock, random }: PollerOptions): Poller {
  const polled = new Set<HostedDevice>()
  const online = createLane(onlineLanes)
  const offline = createLane(offlineLanes)
  const pauseMs = (failures: number) =>
    failures === 0
      ? Math.round(intervalMs * (0.9 + random() / 5))
      : backoffMs(failures, { firstMs: intervalMs, limitMs: offlineLimitMs }, random)
  return {
    start(device) {
      let failures = 0
      let cancel = () => {}
      const turn = async () => {
        if (!polled.has(device)) return
        const reading = await device.observe()
        failures = reading.kind === 'ok' ? 0 : failures + 1
        if (polled.has(device)) cancel = clock.after(pauseMs(failures), queue)
      }
      const queue = () => (device.state().status === 'offline' ? offline : online).run(turn)
      polled.add(device)
      queue()
      return () => {
        polled.delete(device)
        cancel()
      }
    },
  }
}

interface Lane {
  /** Runs the task as soon as there is room, in order. */
  run(task: () => Promise<void>): void
}

function createLane(limit: number): Lane {
  const waiting: (() => Promise<void>)[] = []
  let running = 0
  const pump = () => {
    while (running < limit) {
      const task = waiting.shift()
      if (task === undefined) return
      running += 1
      void task().finally(() => {
        running -= 1
        pump()
      })
    }
  }
  return {
    run(task) {
      waiting.push(task)
      pump()
    },
  }
}
