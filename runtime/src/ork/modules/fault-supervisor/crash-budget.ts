/**
 * Contains faults of ORK's own modules, by how often their jobs may crash.
 *
 * F4  A module crashes when an exception comes out of a turn of one of its jobs. The turn is lost, and the job goes on with the next
 *     one: what is owed follows from the registry and from disk, not from the turn. A job that crashes too often is told of, and
 *     ends the process: whatever starts it again starts it from what is on disk.
 */
import type { Clock } from '../../../machine/clock.ts'
import type { ModuleLog } from '../../ports/module-log.ts'

export interface CrashBudgetPorts {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Pick<ModuleLog, 'error'>
  /** A job has crashed more often than it may. */
  readonly onBroken: (job: string) => void
}

export interface CrashBudget {
  /** A turn of the job crashed. */
  note(job: string, error: unknown): void
}

/** How often a job may crash: more in so short a time is a fault that trying again doesn't mend. */
const limit = { crashes: 10, withinMs: 60_000 }

export function createCrashBudget({ clock, log, onBroken }: CrashBudgetPorts): CrashBudget {
  /** When each job crashed in the last minute before its last crash. */
  const crashes = new Map<string, readonly number[]>()
  return {
    note(job, error) {
      const now = clock.monotonic()
      const before = crashes.get(job) ?? []
      const counted = [...before.filter((at) => now - at < limit.withinMs), now]
      crashes.set(job, counted)
      log.error({ job, err: error, code: 'ERR_INTERNAL' }, 'a job crashed and goes on')
      if (counted.length > limit.crashes) onBroken(job)
    },
  }
}
