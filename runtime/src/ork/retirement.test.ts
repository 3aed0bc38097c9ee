import { expect, test } from 'vitest'
import { silentLog } from '../log.ts'
import { manualClock } from '../machine/manual-clock.ts'
import { retireAfterMs } from './modules/admission/decide-retirement.ts'
import { Admission } from './modules/admission/module.ts'
import { createScheduler } from './modules/scheduler/module.ts'

function startAdmission() {
  const clock = manualClock()
  const retired: string[] = []
  const nothing = () => undefined
  const admission = new Admission({
    channel: { ask: () => Promise.resolve({ kind: 'unlinked' }) },
    clock,
    random: () => 0.5,
    scheduler: createScheduler({ clock, random: () => 0.5, onTurn: nothing, onSkipped: nothing, onCrash: nothing }),
    log: silentLog,
    isMember: () => false,
    keyOf: nothing,
    presences: () => [
      { workerId: 'here', present: true },
      { workerId: 'away', present: false },
    ],
    dial: nothing,
    drop: nothing,
    admit: nothing,
    retire: (workerId) => retired.push(workerId),
    onClaim: nothing,
  })
  return { admission, clock, retired }
}

test('a worker that is away for a day is retired, one that is there is not', async () => {
  const { admission, clock, retired } = startAdmission()
  admission.start()
  await clock.advance(retireAfterMs - 60_000)
  expect(retired).toEqual([])
  await clock.advance(120_000)
  expect(retired).toContain('away')
  expect(retired).not.toContain('here')
  admission.close()
  expect(clock.armed).toBe(0)
})

test('a process that was paused for two days retires nobody for it', async () => {
  const { admission, clock, retired } = startAdmission()
  admission.start()
  await clock.advance(60_000)
  clock.jump(2 * retireAfterMs)
  await clock.advance(120_000)
  expect(retired).toEqual([])
})
