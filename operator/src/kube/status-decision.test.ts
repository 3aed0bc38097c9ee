import { describe, expect, test } from 'vitest'
import { countRules } from './count-rules.ts'
import { type Condition, decideStatusWrite, nothingPending, type StatusMemory } from './status-decision.ts'

const at = '2026-01-01T00:00:00Z'
const nowMs = Date.UTC(2026, 0, 1, 0, 1)
const now = '2026-01-01T00:01:00Z'

function condition(type: string, status: Condition['status'], reason: string, message = ''): Condition {
  return { type, status, reason, message, observedGeneration: 3 }
}
function stored(given: Condition): Condition {
  return { ...given, lastTransitionTime: at }
}

const ready = condition('Ready', 'True', 'Serving')
const missing = condition('Ready', 'False', 'DevicesNotRegistered')
const reconciling = condition('Reconciling', 'True', 'DevicesNotRegistered')
const podGone = condition('Ready', 'False', 'PodNotReady')

function status(devices: number, ...conditions: Condition[]) {
  return { observedGeneration: 3, devices: { registered: devices }, readyShards: 1, conditions }
}
const before = status(48, stored(ready))

interface Circumstances {
  readonly previous?: object
  readonly memory?: StatusMemory
  readonly monotonicMs?: number
}
function decide(next: object, { previous = before, memory = nothingPending, monotonicMs = 0 }: Circumstances = {}) {
  return decideStatusWrite({ previous, next, memory, monotonicMs, nowMs, rules: countRules })
}
/** The memory after `next` was decided at the monotonic time 0. */
function memoryOf(next: object, previous: object = before): StatusMemory {
  return decide(next, { previous }).memory
}

describe('a status is', () => {
  test('not written when only transition times differ, or the order of a list', () => {
    const healthy = condition('DevicesHealthy', 'True', 'AllHealthy')
    const previous = status(48, stored(healthy), stored(ready))
    expect(decide(status(48, ready, healthy), { previous })).toMatchObject({ write: null, againMs: null })
  })

  test('not written when only an empty list is missing, which the API server drops', () => {
    const next = { ...status(48, ready), shardStatus: [] }
    expect(decide(next)).toMatchObject({ write: null, againMs: null })
    expect(decide(status(48, ready), { previous: { ...before, shardStatus: [] } })).toMatchObject({ write: null })
    expect(decide({ ...next, shardStatus: [{ id: 'r' }] }).write).not.toBeNull()
  })

  test('written at once when a condition flips, with a new transition time for that one alone', () => {
    const healthy = condition('DevicesHealthy', 'True', 'AllHealthy')
    const previous = status(48, stored(healthy), stored(ready))
    expect(decide(status(48, podGone, healthy), { previous }).write?.conditions).toEqual([
      { ...podGone, lastTransitionTime: now },
      { ...healthy, lastTransitionTime: at },
    ])
  })

  test('written at once when a reason changes, keeping the transition time', () => {
    const previous = status(48, stored(podGone))
    const next = condition('Ready', 'False', 'NoQuorum')
    expect(decide(status(48, next), { previous }).write?.conditions).toEqual([stored(next)])
  })

  test.each<[string, object]>([
    ['the generation', { ...status(48, ready), observedGeneration: 4 }],
    ['the number of ready shards', { ...status(48, ready), readyShards: 0 }],
    ['a shard', { ...status(48, ready), shardStatus: [{ id: 'a', ready: true }] }],
    ['a key', { ...status(48, ready), ork: { publicKey: 'ab' } }],
  ])('written at once when %s changes', (_, next) => {
    expect(decide(next)).toMatchObject({ write: next, countsOnly: false })
  })

  test('written when there was none', () => {
    expect(decide(status(0), { previous: {} }).write).toEqual(status(0))
  })
})

describe('a change of counts alone', () => {
  test('waits for the end of a window that its first change opened', () => {
    const first = decide(status(47, ready))
    expect(first).toMatchObject({ write: null, againMs: 10_000 })
    const later = decide(status(40, ready), { memory: first.memory, monotonicMs: 4_000 })
    expect(later).toMatchObject({ write: null, againMs: 6_000 })
    const last = decide(status(41, ready), { memory: later.memory, monotonicMs: 10_000 })
    expect(last).toMatchObject({ write: status(41, stored(ready)), countsOnly: true })
    expect(last.memory.countsSince).toBeNull()
  })

  test('is forgotten when the counts are back', () => {
    const back = decide(status(48, ready), { memory: memoryOf(status(47, ready)), monotonicMs: 5_000 })
    expect(back).toMatchObject({ write: null, againMs: null, memory: { countsSince: null } })
  })

  test('counts a message as a count', () => {
    const next = status(48, { ...ready, message: '48 devices are served' })
    expect(decide(next)).toMatchObject({ write: null, againMs: 10_000 })
  })

  test('goes along with whatever is written at once', () => {
    const written = decide(status(47, podGone), { memory: memoryOf(status(47, ready)), monotonicMs: 1 })
    expect(written.write).toMatchObject({ devices: { registered: 47 } })
    expect(written.memory.countsSince).toBeNull()
  })
})

describe('a condition that becomes False by counts alone', () => {
  const next = status(48, missing, reconciling)

  test('is held back for a window, and with it what is only shown while it is True', () => {
    const first = decide(next)
    expect(first).toMatchObject({ write: null, againMs: 10_000 })
    const written = decide(next, { memory: first.memory, monotonicMs: 10_000 }).write
    expect(written?.conditions?.map(({ type, status: value }) => [type, value])).toEqual([
      ['Ready', 'False'],
      ['Reconciling', 'True'],
    ])
  })

  test('is forgotten when it is True again in time', () => {
    const back = decide(status(48, ready), { memory: memoryOf(next), monotonicMs: 9_000 })
    expect(back).toMatchObject({ write: null, againMs: null })
    expect(back.memory.heldSince.size).toBe(0)
  })

  test('stays held when something else is written at once', () => {
    const other = { ...status(48, missing, reconciling), readyShards: 0 }
    const decided = decide(other, { memory: memoryOf(next), monotonicMs: 2_000 })
    expect(decided.write?.conditions).toEqual([stored(ready)])
    expect(decided.againMs).toBe(8_000)
  })

  test('is told at once on an object that was just edited', () => {
    const edited = { ...next, observedGeneration: 4 }
    expect(decide(edited).write?.conditions).toHaveLength(2)
  })

  test('is told at once when there is more to it', () => {
    expect(decide(status(48, podGone)).write).not.toBeNull()
    expect(decide(status(48, { ...missing, status: 'Unknown' })).write).not.toBeNull()
  })

  test('takes nothing from what is told of an object that was not Ready: Reconciling follows Stalled at once', () => {
    const stalled = condition('Stalled', 'True', 'KeyMismatch')
    const previous = status(48, stored({ ...missing, reason: 'KeyMismatch' }), stored(stalled))
    const written = decide(next, { previous }).write?.conditions
    expect(written?.map(({ type }) => type)).toEqual(['Ready', 'Reconciling'])
  })

  test('becomes True again at once', () => {
    const previous = status(48, stored(missing), stored(reconciling))
    expect(decide(status(48, ready), { previous }).write?.conditions).toEqual([{ ...ready, lastTransitionTime: now }])
  })
})
