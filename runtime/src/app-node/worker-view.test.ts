import { describe, expect, it, vi } from 'vitest'
import { failed } from '../client/ork-answer.ts'
import { manualClock } from '../machine/manual-clock.ts'
import { createWorkerView, type WorkerList } from './worker-view.ts'

const empty: WorkerList = { kind: 'ok', value: [] }

describe('createWorkerView', () => {
  it('asks once for all that want the list at the same time, and once a second', async () => {
    const clock = manualClock()
    const ask = vi.fn(() => Promise.resolve(empty))
    const view = createWorkerView(ask, clock)
    await Promise.all([view.read(), view.read()])
    await clock.advance(999)
    await view.read()
    expect(ask).toHaveBeenCalledTimes(1)
    await clock.advance(1)
    await view.read()
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('asks again when the clock was set back', async () => {
    const clock = manualClock()
    const ask = vi.fn(() => Promise.resolve(empty))
    const view = createWorkerView(ask, clock)
    await view.read()
    clock.set(-3_600_000)
    await clock.advance(1_000)
    await view.read()
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('asks again after a failure', async () => {
    const answers: WorkerList[] = [failed('ERR_ORK_UNREACHABLE'), empty]
    const view = createWorkerView(() => Promise.resolve(answers.shift() ?? empty), manualClock())
    expect((await view.read()).kind).toBe('failed')
    expect((await view.read()).kind).toBe('ok')
  })

  it('forgets what it read, and what is still under way, when ORK is another one', async () => {
    const asked: ((list: WorkerList) => void)[] = []
    const view = createWorkerView(() => new Promise((resolve) => asked.push(resolve)), manualClock())
    const before = view.read()
    view.forget()
    const after = view.read()
    asked[0]?.(failed('ERR_ORK_UNREACHABLE'))
    asked[1]?.(empty)
    expect((await before).kind).toBe('failed')
    expect((await after).kind).toBe('ok')
    expect((await view.read()).kind).toBe('ok')
    expect(asked).toHaveLength(2)
  })
})
