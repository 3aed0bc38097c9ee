import { expect, test } from 'vitest'
import { silentLog } from '../../../log.ts'
import { manualClock } from '../../../machine/manual-clock.ts'
import { createCrashBudget } from './crash-budget.ts'

function budgeting() {
  const clock = manualClock()
  const broken: string[] = []
  const budget = createCrashBudget({ clock, log: silentLog, onBroken: (job) => broken.push(job) })
  const crash = (job: string) => budget.note(job, new Error('a bug'))
  return { clock, broken, crash }
}

test('the eleventh crash of a job in a minute is told, crashes of several jobs count apart', () => {
  const { broken, crash } = budgeting()
  for (let count = 0; count < 10; count += 1) {
    crash('registration')
    crash('health-ping')
  }
  expect(broken).toEqual([])
  crash('registration')
  expect(broken).toEqual(['registration'])
})

test('crashes that are a minute old count no more', async () => {
  const { broken, clock, crash } = budgeting()
  for (let count = 0; count < 100; count += 1) {
    crash('registration')
    await clock.advance(6_000)
  }
  expect(broken).toEqual([])
})
