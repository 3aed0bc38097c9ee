import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkerStatus } from '../contract/status.ts'
import type { Ork } from './ork.ts'

export interface WaitForDiscoveryOptions {
  /** How many workers there must be; 1 unless given. */
  readonly minWorkers?: number
  /** Whether each of them must have a device; true unless given. */
  readonly requireDevices?: boolean
  /** 30 s unless given. */
  readonly timeoutMs?: number
  /** Time between two looks; 500 ms unless given. */
  readonly intervalMs?: number
}

/**
 * Looks for workers until so many are READY, and gives ORK's workers as they are then. When the time is over it gives them as they are,
 * and never throws: whoever must know counts them. A number instead of options is `timeoutMs`, as upstream has it.
 */
export async function waitForDiscovery(
  ork: Pick<Ork, 'workers' | 'searchNow'>,
  options: WaitForDiscoveryOptions | number = {},
): Promise<readonly WorkerStatus[]> {
  const given = typeof options === 'number' ? { timeoutMs: options } : options
  const { minWorkers = 1, requireDevices = true, timeoutMs = 30_000, intervalMs = 500 } = given
  const counts = ({ state, devices }: WorkerStatus) => state === 'READY' && (!requireDevices || devices.length > 0)
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const workers = ork.workers()
    const leftMs = deadline - performance.now()
    if (workers.filter(counts).length >= minWorkers || leftMs <= 0) return workers
    ork.searchNow()
    await sleep(Math.min(intervalMs, leftMs))
  }
}
