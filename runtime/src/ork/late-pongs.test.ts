import { expect, test } from 'vitest'
import { manualClock } from '../machine/manual-clock.ts'
import { HealthMonitor } from './modules/health-monitor/module.ts'
import { createScheduler } from './modules/scheduler/module.ts'
import type { WorkerChannel } from './ports/worker-channel.ts'

/** A monitor of one worker whose pongs take so long, and the jobs that crashed. */
function monitorOf({ pongAfterMs, onPong }: { pongAfterMs: number; onPong: () => void }) {
  const clock = manualClock()
  const crashed: string[] = []
  const channel = {
    ask: async () => {
      await clock.sleep(pongAfterMs)
      return { kind: 'ok', reply: { status: 'OK' }, sizeBytes: 10 }
    },
  } as unknown as WorkerChannel
  const scheduler = createScheduler({
    clock,
    random: () => 0,
    onTurn: () => undefined,
    onSkipped: () => undefined,
    onCrash: (job) => crashed.push(job),
  })
  const missed: string[] = []
  const monitor = new HealthMonitor({
    channel,
    clock,
    random: () => 0,
    scheduler,
    intervalMs: () => 3_000,
    onPong,
    onMiss: (workerId) => missed.push(workerId),
    onStateChange: () => undefined,
  })
  monitor.watch('w')
  return { clock, monitor, crashed, missed }
}

test('a pong that comes when its ping is given up counts', async () => {
  const { clock, monitor, crashed, missed } = monitorOf({ pongAfterMs: 4_000, onPong: () => undefined })
  await clock.advance(4_000)
  expect(missed).toEqual(['w'])
  expect(monitor.healthOf('w')).toMatchObject({ state: 'HEALTHY', misses: 0 })
  expect(crashed).toEqual([])
  monitor.close()
})

test.each([
  ['in time', 0, 'health-ping'],
  ['late', 4_000, 'health-late-pong'],
])('a crash in a pong that comes %s is told', async (_, pongAfterMs, job) => {
  const onPong = () => {
    throw new Error('a bug')
  }
  const { clock, monitor, crashed } = monitorOf({ pongAfterMs, onPong })
  await clock.advance(4_000)
  expect(crashed[0]).toBe(job)
  monitor.close()
})
