import { describe, expect, test } from 'vitest'
import { forEachBounded } from './bounded-fan-out.ts'

/** A task that is let go by hand, item by item. */
function gatedTask() {
  const gates = new Map<number, { readonly open: () => void; readonly fail: (error: Error) => void }>()
  const started: number[] = []
  const task = (item: number) => {
    started.push(item)
    return new Promise<void>((resolve, reject) => gates.set(item, { open: resolve, fail: reject }))
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  return {
    started,
    task,
    open: (item: number) => {
      gates.get(item)!.open()
      return turn()
    },
    fail: (item: number) => {
      gates.get(item)!.fail(new Error(`item ${item} failed`))
      return turn()
    },
  }
}

describe('forEachBounded', () => {
  test('no more than the limit run at once, and the next starts when one is done', async () => {
    const { started, task, open } = gatedTask()
    const run = forEachBounded([1, 2, 3, 4], 2, task)
    expect(started).toEqual([1, 2])
    await open(2)
    expect(started).toEqual([1, 2, 3])
    await open(1)
    await open(3)
    await open(4)
    await run
    expect(started).toEqual([1, 2, 3, 4])
  })

  test('after a failure no more are started, those under way are waited for, and the first failure is thrown', async () => {
    const { started, task, open, fail } = gatedTask()
    let over = false
    const run = forEachBounded([1, 2, 3], 2, task).finally(() => {
      over = true
    })
    run.catch(() => undefined)
    await fail(1)
    expect(over).toBe(false)
    await open(2)
    await expect(run).rejects.toThrow('item 1 failed')
    expect(started).toEqual([1, 2])
  })

  test('after an abort no more are started, and the reason is thrown', async () => {
    const { started, task, open } = gatedTask()
    const abort = new AbortController()
    const run = forEachBounded([1, 2, 3], 1, task, abort.signal)
    run.catch(() => undefined)
    abort.abort(new Error('stopping'))
    await open(1)
    await expect(run).rejects.toThrow('stopping')
    expect(started).toEqual([1])
  })

  test('nothing to do is done', async () => {
    await forEachBounded([], 16, () => Promise.reject(new Error('never called')))
  })
})
