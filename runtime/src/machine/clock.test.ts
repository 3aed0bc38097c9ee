import { describe, expect, test } from 'vitest'
import { systemClock } from './clock.ts'
import { manualClock } from './manual-clock.ts'

describe('systemClock', () => {
  test('a task runs after its time, one that was cancelled does not', async () => {
    const ran: string[] = []
    const cancel = systemClock.after(1, () => ran.push('cancelled'))
    cancel()
    await new Promise<void>((resolve) => systemClock.after(5, resolve))
    expect(ran).toEqual([])
  })

  test('sleep ends with its signal, before or during', async () => {
    const abort = new AbortController()
    const sleeping = systemClock.sleep(60_000, abort.signal)
    abort.abort()
    await sleeping
    await systemClock.sleep(60_000, abort.signal)
  })
})

describe('manualClock', () => {
  test('tasks run when they fall due, in order, each at its own time', async () => {
    const clock = manualClock(1_000)
    const ran: [string, number][] = []
    clock.after(20, () => ran.push(['late', clock.now()]))
    clock.after(10, () => ran.push(['early', clock.now()]))
    await clock.advance(9)
    expect(ran).toEqual([])
    await clock.advance(11)
    expect(ran).toEqual([
      ['early', 1_010],
      ['late', 1_020],
    ])
    expect(clock.now()).toBe(1_020)
    expect(clock.armed).toBe(0)
  })

  test('what a task arms falls due in the same advance, if its time has come', async () => {
    const clock = manualClock()
    let ticks = 0
    const loop = async () => {
      for (;;) {
        await clock.sleep(10)
        ticks += 1
      }
    }
    void loop()
    await clock.advance(35)
    expect(ticks).toBe(3)
  })

  test('an aborted sleep leaves no timer', async () => {
    const clock = manualClock()
    const abort = new AbortController()
    const sleeping = clock.sleep(10, abort.signal)
    abort.abort()
    await sleeping
    expect(clock.armed).toBe(0)
  })
})
