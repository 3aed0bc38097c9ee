import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { type Lane, type Taken, WorkQueue } from './work-queue.ts'

function queueOn(clock: ManualClock = manualClock()) {
  return { clock, queue: new WorkQueue({ clock }) }
}

async function take(queue: WorkQueue): Promise<string | undefined> {
  return (await queue.take())?.key
}

describe('a work queue', () => {
  test('gives a key once, however often it was added before it was taken', async () => {
    const { queue } = queueOn()
    queue.add('a')
    queue.add('b')
    queue.add('a')
    expect([await take(queue), await take(queue)]).toEqual(['a', 'b'])
    expect(queue.depth('live')).toBe(0)
  })

  test('runs a key that is added while it runs once more, and only after it', async () => {
    const { queue } = queueOn()
    queue.add('a')
    await queue.take()
    queue.add('a')
    queue.add('a')
    expect(queue.depth('live')).toBe(0)
    queue.finish('a')
    expect(await take(queue)).toBe('a')
    queue.finish('a')
    expect(queue.depth('live')).toBe(0)
  })

  test('wakes who waits for a key', async () => {
    const { queue } = queueOn()
    const waiting = [queue.take(), queue.take()]
    queue.add('a')
    queue.add('b')
    expect((await Promise.all(waiting)).map((taken) => taken?.key)).toEqual(['a', 'b'])
  })

  test('of two delays the earlier counts', async () => {
    const { clock, queue } = queueOn()
    queue.addAfter('a', 1_000)
    queue.addAfter('a', 5_000)
    queue.addAfter('b', 5_000)
    queue.addAfter('b', 1_000)
    await clock.advance(999)
    expect(queue.depth('live')).toBe(0)
    await clock.advance(1)
    expect([await take(queue), await take(queue)]).toEqual(['a', 'b'])
    expect(clock.armed).toBe(0)
  })

  test('an addition makes a delayed key ready at once, and uses the delay up', async () => {
    const { clock, queue } = queueOn()
    queue.addAfter('a', 1_000)
    queue.add('a')
    expect(await take(queue)).toBe('a')
    queue.finish('a')
    await clock.advance(2_000)
    expect(queue.depth('live')).toBe(0)
  })

  test('a delay that ends while the key runs lets it run once more', async () => {
    const { clock, queue } = queueOn()
    queue.add('a')
    await queue.take()
    queue.addAfter('a', 1_000)
    await clock.advance(1_000)
    queue.finish('a')
    expect(await take(queue)).toBe('a')
  })

  test('what just changed goes before what was listed at the start, and a change lifts a listed key up', async () => {
    const { queue } = queueOn()
    queue.add('listed-1', 'resync')
    queue.add('listed-2', 'resync')
    queue.add('changed')
    queue.add('listed-2')
    const order = [await queue.take(), await queue.take(), await queue.take()]
    expect(order).toEqual([
      { key: 'changed', lane: 'live' },
      { key: 'listed-2', lane: 'live' },
      { key: 'listed-1', lane: 'resync' },
    ])
  })

  test('a listed key that has waited for long gets every second turn', async () => {
    const { clock, queue } = queueOn()
    queue.add('old-1', 'resync')
    queue.add('old-2', 'resync')
    await clock.advance(10_000)
    for (const key of ['a', 'b', 'c']) queue.add(key)
    const order = []
    for (let turn = 0; turn < 5; turn++) order.push(await take(queue))
    expect(order).toEqual(['old-1', 'a', 'old-2', 'b', 'c'])
  })

  test('when it shuts down, who waits gets null, what waits is dropped, and it ends with what runs', async () => {
    const { clock, queue } = queueOn()
    queue.add('a')
    queue.add('b')
    await queue.take()
    queue.addAfter('c', 1_000)
    queue.add('a')
    let drained = false
    const ended = queue.shutDown().then(() => {
      drained = true
    })
    await clock.advance(5_000)
    expect(drained).toBe(false)
    expect(await queue.take()).toBeNull()
    queue.add('d')
    queue.finish('a')
    await ended
    expect([queue.depth('live'), clock.armed, await queue.take()]).toEqual([0, 0, null])
  })

  test('to finish a key that does not run is a bug', () => {
    expect(() => queueOn().queue.finish('a')).toThrow('a was finished')
  })
})

type Step =
  | { readonly do: 'add'; readonly key: string; readonly lane: Lane }
  | { readonly do: 'addAfter'; readonly key: string; readonly delayMs: number }
  | { readonly do: 'finish'; readonly which: number }
  | { readonly do: 'wait'; readonly ms: number }

const key = fc.constantFrom('a', 'b', 'c', 'd')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), key, lane: fc.constantFrom<Lane[]>('live', 'resync') }),
  fc.record({ do: fc.constant('addAfter' as const), key, delayMs: fc.integer({ min: 0, max: 50 }) }),
  fc.record({ do: fc.constant('finish' as const), which: fc.nat(3) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 60 }) }),
)

describe('whatever happens in whatever order', () => {
  test('no key runs twice at once, and none that was added is lost', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), async (steps, workers) => {
        const { clock, queue } = queueOn()
        const running: string[] = []
        /** Keys that were added after their last run began. */
        const owed = new Set<string>()
        const begin = (taken: Taken | null) => {
          if (taken === null) return
          expect(running).not.toContain(taken.key)
          running.push(taken.key)
          owed.delete(taken.key)
        }
        let ended = false
        const work = () => void queue.take().then((taken) => ended || begin(taken))
        for (let worker = 0; worker < workers; worker++) work()
        const finish = (which: number) => {
          const [finished] = running.splice(which % Math.max(1, running.length), 1)
          if (finished === undefined) return
          queue.finish(finished)
          work()
        }
        for (const one of steps) {
          if (one.do === 'add') owed.add(one.key)
          if (one.do === 'add') queue.add(one.key, one.lane)
          if (one.do === 'addAfter') owed.add(one.key)
          if (one.do === 'addAfter') queue.addAfter(one.key, one.delayMs)
          if (one.do === 'finish') finish(one.which)
          await clock.advance(one.do === 'wait' ? one.ms : 0)
        }
        // With time and workers all that is owed gets its run.
        for (let round = 0; round < 20; round++) {
          await clock.advance(50)
          finish(0)
        }
        await clock.advance(0)
        expect([...owed]).toEqual([])
        ended = true
      }),
      { numRuns: 150 },
    )
  })
})
