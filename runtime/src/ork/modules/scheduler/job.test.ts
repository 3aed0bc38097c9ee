import { expect, test } from 'vitest'
import { manualClock } from '../../../machine/manual-clock.ts'
import type { Next } from '../../ports/scheduler.ts'
import { ScheduledJob } from './job.ts'

interface Bench {
  readonly run: (key: string) => Promise<Next>
  readonly limit?: number
  /** In the middle unless set: no jitter. */
  readonly random?: () => number
}

function benchOf({ run, limit = 1, random = () => 0.5 }: Bench) {
  const clock = manualClock()
  const crashed: unknown[] = []
  let skipped = 0
  const job = new ScheduledJob(
    { name: 'test', limit, run },
    {
      clock,
      random,
      onTurn(_, crash) {
        if (crash !== null) crashed.push(crash.error)
      },
      onSkipped(turns) {
        skipped += turns
      },
    },
  )
  return { clock, job, crashed, skipped: () => skipped }
}

test('a turn comes again after the time that the one before names, until one rests', async () => {
  const delays: Next[] = [{ afterMs: 100 }, { afterMs: 200 }, 'rest']
  let runs = 0
  const { clock, job } = benchOf({ run: () => Promise.resolve(delays[runs++] ?? 'rest') })
  job.wake('a')
  await clock.advance(99)
  expect(runs).toBe(1)
  await clock.advance(1)
  expect(runs).toBe(2)
  await clock.advance(10_000)
  expect(runs).toBe(3)
  expect(clock.armed).toBe(0)
})

test('a cadence counts from the beginning of a turn, and follows what each turn says, without a restart', async () => {
  let everyMs = 100
  const begun: number[] = []
  const { clock, job } = benchOf({
    run: async () => {
      begun.push(clock.now())
      await clock.sleep(30)
      return { everyMs }
    },
  })
  const from = clock.now()
  job.wake('a')
  await clock.advance(250)
  everyMs = 1_000
  await clock.advance(2_000)
  expect(begun.map((at) => at - from)).toEqual([0, 100, 200, 300, 1_300])
})

test('turns at one cadence are spread by a tenth to either side', async () => {
  const begun: number[] = []
  const randoms = [0, 0.999_999, 0.5]
  const { clock, job } = benchOf({
    random: () => randoms.shift() ?? 0.5,
    run: () => {
      begun.push(clock.now())
      return Promise.resolve({ everyMs: 1_000 })
    },
  })
  const from = clock.now()
  job.wake('a')
  await clock.advance(3_100)
  expect(begun.map((at) => Math.round(at - from))).toEqual([0, 900, 2_000, 3_000])
})

test('a turn that takes longer than its cadence is followed at once by one, and the others are counted as skipped', async () => {
  let takesMs = 350
  const begun: number[] = []
  const { clock, job, skipped } = benchOf({
    run: async () => {
      begun.push(clock.now())
      await clock.sleep(takesMs)
      takesMs = 0
      return { everyMs: 100 }
    },
  })
  const from = clock.now()
  job.wake('a')
  await clock.advance(560)
  expect(begun.map((at) => at - from)).toEqual([0, 350, 450, 550])
  expect(skipped()).toBe(2)
})

test('a process that was paused makes up for none of the turns that it missed', async () => {
  let runs = 0
  const { clock, job, skipped } = benchOf({
    run: () => {
      runs += 1
      return Promise.resolve({ everyMs: 100 })
    },
  })
  job.wake('a')
  await clock.advance(50)
  clock.jump(60_000)
  await clock.advance(10)
  expect(runs).toBe(2)
  expect(skipped()).toBe(599)
})

test('a clock that is set back makes the next turn no later than its cadence', async () => {
  let runs = 0
  const { clock, job } = benchOf({
    run: () => {
      runs += 1
      clock.set(-3_600_000)
      return Promise.resolve(runs === 1 ? { everyMs: 100 } : 'rest')
    },
  })
  job.wake('a')
  await clock.advance(100)
  expect(runs).toBe(2)
})

test('a key that is woken while it runs has one more turn, and never two at a time', async () => {
  const ends: (() => void)[] = []
  const { clock, job } = benchOf({ limit: 8, run: () => new Promise((resolve) => ends.push(() => resolve('rest'))) })
  job.wake('a')
  job.wake('a')
  job.wake('a')
  expect(ends).toHaveLength(1)
  ends[0]?.()
  await clock.advance(0)
  expect(ends).toHaveLength(2)
  ends[1]?.()
  await clock.advance(0)
  expect(ends).toHaveLength(2)
})

test('a key that is to begin soon does so, though the turn that was under way names a later time', async () => {
  let runs = 0
  const { clock, job } = benchOf({
    run: async () => {
      runs += 1
      await clock.sleep(5)
      return { afterMs: 1_000 }
    },
  })
  job.wake('a')
  job.wakeAfter('a', 20)
  await clock.advance(20)
  expect(runs).toBe(2)
})

test('turns beyond the limit begin in the order in which they fell due', async () => {
  const begun: string[] = []
  const ends: (() => void)[] = []
  const { clock, job } = benchOf({
    run: (key) => new Promise((resolve) => (begun.push(key), ends.push(() => resolve('rest')))),
  })
  for (const key of ['a', 'b', 'c']) job.wake(key)
  expect(begun).toEqual(['a'])
  for (let count = 0; count < 3; count += 1) {
    ends[count]?.()
    await clock.advance(0)
  }
  expect(begun).toEqual(['a', 'b', 'c'])
})

test('a turn that crashes is told, and stops neither its key, which comes ever later, nor the others', async () => {
  const begun: string[] = []
  const { clock, job, crashed } = benchOf({
    limit: 2,
    run: (key) => {
      begun.push(key)
      if (key === 'bad') throw new Error('a bug')
      return Promise.resolve({ everyMs: 1_000 })
    },
  })
  job.wake('bad')
  job.wake('good')
  await clock.advance(60_000)
  expect(begun.filter((key) => key === 'good')).toHaveLength(61)
  // After 0.75 s, 1.5 s, 3 s and so on.
  expect(begun.filter((key) => key === 'bad')).toHaveLength(7)
  expect(crashed).toHaveLength(7)
  expect(crashed[0]).toEqual(new Error('a bug'))
})

test('a key that crashed is not woken before its time', async () => {
  let runs = 0
  const { clock, job } = benchOf({
    run: () => {
      runs += 1
      job.wake('bad')
      throw new Error('a bug')
    },
  })
  job.wake('bad')
  for (let step = 0; step < 60; step += 1) {
    job.wake('bad')
    await clock.advance(1_000)
  }
  expect(runs).toBe(7)
})

test('a key that is deleted while it runs has no further turn', async () => {
  let runs = 0
  const { clock, job } = benchOf({ run: () => Promise.resolve({ afterMs: (runs += 1) }) })
  job.wake('a')
  job.delete('a')
  await clock.advance(1_000)
  expect(runs).toBe(1)
})

test('after closing nothing is armed and nothing begins', async () => {
  let runs = 0
  const { clock, job } = benchOf({ run: () => Promise.resolve({ afterMs: (runs += 1) }) })
  job.wakeAfter('a', 10)
  job.close()
  job.wake('b')
  job.wakeAfter('c', 1)
  await clock.advance(1_000)
  expect([runs, clock.armed]).toEqual([0, 0])
})
