import { describe, expect, test } from 'vitest'
import { type Controller, type ControllerHooks, createController, type RunResult } from './controller.ts'
import { silentLog } from './log.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { again, done, type Outcome, type Reconcile, retry } from './outcome.ts'

interface Counted extends ControllerHooks {
  readonly results: RunResult[]
  readonly happened: string[]
}

function counting(): Counted {
  const results: RunResult[] = []
  const happened: string[] = []
  const note = (what: string) => () => void happened.push(what)
  return {
    results,
    happened,
    created: () => undefined,
    added: () => undefined,
    taken: () => undefined,
    finished: () => undefined,
    ran: (result) => void results.push(result),
    retried: note('retried'),
    timedOut: note('timed out'),
    panicked: note('panicked'),
  }
}

function controllerOf(
  reconcile: Reconcile,
  workers = 1,
): { controller: Controller; clock: ManualClock; hooks: Counted } {
  const clock = manualClock()
  const hooks = counting()
  const random = () => 0
  const controller = createController({ name: 'test', workers, reconcile, clock, random, log: silentLog, hooks })
  return { controller, clock, hooks }
}

/** Runs at these times of the clock (ms since the start), each with the next outcome. */
function scripted(outcomes: readonly (() => Outcome)[]) {
  const runs: number[] = []
  const made = controllerOf(() => {
    runs.push(made.clock.monotonic())
    return Promise.resolve((outcomes[runs.length - 1] ?? (() => done))())
  })
  return { ...made, runs }
}

describe('a controller', () => {
  test('works nothing before it is started, and then what came before', async () => {
    const { controller, clock, runs } = scripted([])
    controller.enqueue('a')
    await clock.advance(1_000)
    expect(runs).toEqual([])
    controller.start()
    await clock.advance(0)
    expect(runs).toEqual([1_000])
  })

  test('runs a failed key again with growing delays, and forgets the failures after a success', async () => {
    const fail = () => {
      throw new Error('no')
    }
    const { controller, clock, runs, hooks } = scripted([fail, fail, fail, () => done, fail])
    controller.start()
    controller.enqueue('a')
    await clock.advance(1_000)
    expect(runs).toEqual([0, 5, 15, 35])
    controller.enqueue('a')
    await clock.advance(1_000)
    expect(runs.slice(4)).toEqual([1_000, 1_005])
    expect(hooks.results).toEqual(['error', 'error', 'error', 'success', 'error', 'success'])
  })

  test('runs a failed key again at the latest when something else of it is due', async () => {
    const slow = () => retry(new Error('no'))
    const { controller, clock, runs } = scripted([
      ...Array<typeof slow>(12).fill(slow),
      () => retry(new Error('no'), 2_000),
    ])
    controller.start()
    controller.enqueue('a')
    await clock.advance(60_000)
    expect(runs[13]! - runs[12]!).toBe(2_000)
  })

  test('comes back after the time that a run asks for', async () => {
    const { controller, clock, runs, hooks } = scripted([() => again(10_000)])
    controller.start()
    controller.enqueue('a')
    await clock.advance(20_000)
    expect(runs).toEqual([0, 10_000])
    expect(hooks.results).toEqual(['requeue_after', 'success'])
  })

  test('counts a bug as a panic and goes on', async () => {
    const { controller, clock, hooks } = scripted([
      () => {
        throw new TypeError('x is undefined')
      },
    ])
    controller.start()
    controller.enqueue('a')
    await clock.advance(100)
    expect([hooks.happened, hooks.results]).toEqual([
      ['panicked', 'retried'],
      ['error', 'success'],
    ])
  })

  test('aborts a run at its time limit, and tries again', async () => {
    let runs = 0
    const { controller, clock, hooks } = controllerOf((_, signal) => {
      if (++runs > 1) return Promise.resolve(done)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    })
    controller.start()
    controller.enqueue('a')
    await clock.advance(59_999)
    expect(hooks.happened).toEqual([])
    await clock.advance(1_000)
    expect([runs, hooks.happened]).toEqual([2, ['timed out', 'retried']])
  })

  test('runs as many keys at once as it has workers, each key alone', async () => {
    const running = new Set<string>()
    const ends: (() => void)[] = []
    const { controller, clock } = controllerOf(async (key) => {
      expect(running).not.toContain(key)
      running.add(key)
      await new Promise<void>((resolve) => ends.push(resolve))
      running.delete(key)
      return done
    }, 2)
    controller.start()
    for (const key of ['a', 'b', 'c', 'a']) controller.enqueue(key)
    await clock.advance(0)
    expect([...running]).toEqual(['a', 'b'])
    ends.shift()?.()
    await clock.advance(0)
    expect([...running]).toEqual(['b', 'c'])
  })

  test('at stop lets a run end, and aborts it when it takes too long', async () => {
    const endings: string[] = []
    const { controller, clock } = controllerOf(async (key, signal) => {
      await clock.sleep(key === 'short' ? 5_000 : 50_000, signal)
      endings.push(`${key} ${signal.aborted ? 'aborted' : 'done'}`)
      return done
    }, 2)
    controller.start()
    controller.enqueue('short')
    controller.enqueue('long')
    await clock.advance(0)
    const stopped = controller.stop(25_000)
    controller.enqueue('late')
    await clock.advance(25_000)
    await stopped
    expect(endings).toEqual(['short done', 'long aborted'])
    expect(clock.armed).toBe(0)
  })
})
