/** The work of ORK that is done again and again: pings, pulls of states, registration, lookups, plans of whom to dial. */
import type { Clock } from '../../../machine/clock.ts'
import type { Random } from '../../../machine/random.ts'
import type { JobSpec, Scheduler } from '../../ports/scheduler.ts'
import { ScheduledJob } from './job.ts'

export interface SchedulerPorts {
  readonly clock: Clock
  readonly random: Random
  readonly onTurn: (job: string, seconds: number, result: 'done' | 'crashed') => void
  readonly onSkipped: (job: string, turns: number) => void
  readonly onCrash: (job: string, error: unknown) => void
}

export function createScheduler({ clock, random, onTurn, onSkipped, onCrash }: SchedulerPorts): Scheduler {
  const names = new Set<string>()
  return {
    addJob(spec: JobSpec) {
      const { name } = spec
      if (names.has(name)) throw new Error(`there is a job ${name} already`)
      names.add(name)
      return new ScheduledJob(spec, {
        clock,
        random,
        onTurn(tookMs, crash) {
          onTurn(name, tookMs / 1_000, crash === null ? 'done' : 'crashed')
          if (crash !== null) onCrash(name, crash.error)
        },
        onSkipped: (turns) => onSkipped(name, turns),
      })
    },
  }
}
