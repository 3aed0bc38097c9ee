import { expect, test } from 'vitest'
import { manualClock } from '../../../machine/manual-clock.ts'
import { createScheduler } from './module.ts'

function scheduling() {
  const clock = manualClock()
  const turns: string[] = []
  const crashes: string[] = []
  const scheduler = createScheduler({
    clock,
    random: () => 0.5,
    onTurn: (job, seconds, result) => turns.push(`${job} ${result} ${seconds}`),
    onSkipped: (job, count) => turns.push(`${job} skipped ${count}`),
    onCrash: (job, error) => crashes.push(`${job}: ${String(error)}`),
  })
  return { clock, scheduler, turns, crashes }
}

test('each job is told of by its name: turns with their time, what was skipped, what crashed', async () => {
  const { clock, scheduler, turns, crashes } = scheduling()
  const slow = scheduler.addJob({
    name: 'slow',
    limit: 1,
    run: async () => {
      await clock.sleep(2_500)
      return { everyMs: 1_000 }
    },
  })
  scheduler.addJob({ name: 'broken', limit: 1, run: () => Promise.reject(new Error('a bug')) }).wake('a')
  slow.wake('a')
  await clock.advance(2_600)
  expect(turns.filter((turn) => turn.startsWith('slow'))).toEqual(['slow done 2.5', 'slow skipped 1'])
  expect(turns[0]).toBe('broken crashed 0')
  expect(crashes[0]).toBe('broken: Error: a bug')
})

test('two jobs of one name are a bug', () => {
  const { scheduler } = scheduling()
  const spec = { name: 'twice', limit: 1, run: () => Promise.resolve('rest' as const) }
  scheduler.addJob(spec)
  expect(() => scheduler.addJob(spec)).toThrow('there is a job twice already')
})
