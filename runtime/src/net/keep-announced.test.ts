import { describe, expect, test } from 'vitest'
import { manualClock } from '../machine/manual-clock.ts'
import { keepAnnounced } from './keep-announced.ts'

/** A DHT that can be away. */
function keep() {
  const clock = manualClock()
  const state = { reachable: true, announcements: 0, changes: new Array<boolean>() }
  const record = keepAnnounced({
    announce() {
      state.announcements += 1
      return state.reachable ? Promise.resolve() : Promise.reject(new Error('too few nodes'))
    },
    onChange: (announced) => void state.changes.push(announced),
    clock,
    random: () => 0.5,
  })
  return { clock, state, record }
}

describe('keepAnnounced', () => {
  test('it announces at once, then every ten seconds or so', async () => {
    const { clock, state, record } = keep()
    await clock.advance(0)
    expect(record.announced).toBe(true)
    expect(state.announcements).toBe(1)
    await clock.advance(30_000)
    expect(state.announcements).toBe(4)
    record.close()
  })

  test('while nobody takes the record it tries every two seconds, and tells of each change once', async () => {
    const { clock, state, record } = keep()
    await clock.advance(0)
    state.reachable = false
    await clock.advance(10_000)
    expect(record.announced).toBe(false)
    await clock.advance(6_000)
    expect(state.announcements).toBe(5)
    state.reachable = true
    await clock.advance(2_000)
    expect(record.announced).toBe(true)
    expect(state.changes).toEqual([true, false, true])
    record.close()
  })

  test('closed, it announces no more', async () => {
    const { clock, state, record } = keep()
    await clock.advance(0)
    record.close()
    await clock.advance(60_000)
    expect(state.announcements).toBe(1)
    expect(record.announced).toBe(false)
    expect(clock.armed).toBe(0)
  })
})
