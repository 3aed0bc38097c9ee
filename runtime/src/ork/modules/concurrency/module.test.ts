import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Need } from '../../ports/turns.ts'
import { type ConcurrencyLimits, ConcurrencyManager } from './module.ts'

/** A command for a device of its own, of the caller 'a', unless said otherwise. */
const need = (commandId: string, change: Partial<Need> = {}): Need => ({
  commandId,
  caller: 'a',
  workerId: 'w1',
  devices: [commandId],
  sizeBytes: 1,
  ...change,
})

/** Enters and waits; false if there is no place. */
function add(turns: ConcurrencyManager, commandId: string, change: Partial<Need> = {}): boolean {
  if (turns.enter(need(commandId, change), false) === 'full') return false
  turns.queue(commandId)
  return true
}

type Limits = { -readonly [Name in keyof ConcurrencyLimits]?: number }

/** With limits that may be changed. */
function managerOf(limits: Limits, ...waiting: [string, Partial<Need>?][]): ConcurrencyManager {
  const live = Object.keys(limits).map((name) => [name, () => limits[name as keyof Limits]])
  const turns = new ConcurrencyManager(Object.fromEntries(live) as Partial<ConcurrencyLimits>)
  for (const [commandId, change] of waiting) add(turns, commandId, change)
  return turns
}

/** The commands that go one after the other, each ending before the next begins. */
function order(turns: ConcurrencyManager, workerId = 'w1'): string[] {
  const taken: string[] = []
  for (let id = turns.take(workerId); id !== undefined; id = turns.take(workerId)) {
    taken.push(id)
    turns.end(id)
  }
  return taken
}

const takeAll = (turns: ConcurrencyManager): (string | undefined)[] => {
  const taken = []
  for (let id = turns.take('w1'); id !== undefined; id = turns.take('w1')) taken.push(id)
  return taken
}

test('commands go in the order of their coming, as many at once as a worker takes', () => {
  const turns = managerOf({ inFlightPerWorker: 2 }, ['c1'], ['c2'], ['c3'])
  expect(takeAll(turns)).toEqual(['c1', 'c2'])
  turns.end('c1')
  expect(takeAll(turns)).toEqual(['c3'])
  expect([turns.waiting, turns.inFlight]).toEqual([0, 2])
})

test('Q2, Q4: of the commands for a device one is under way, and what is for others goes before the rest', () => {
  const d1 = { devices: ['d1'] }
  const turns = managerOf({}, ['c1', d1], ['c2', d1], ['c3'])
  expect(takeAll(turns)).toEqual(['c1', 'c3'])
  turns.yield('c1')
  expect(takeAll(turns)).toEqual(['c1'])
  turns.end('c1')
  expect(takeAll(turns)).toEqual(['c2'])
})

test('Q2: a command for several devices waits for all of them, and what came later does not pass it there', () => {
  const turns = managerOf({}, ['c1', { devices: ['d1'] }])
  takeAll(turns)
  add(turns, 'wide', { devices: ['d1', 'd2'] })
  add(turns, 'late', { devices: ['d2'] })
  add(turns, 'other', { devices: ['d3'] })
  expect(takeAll(turns)).toEqual(['other'])
  turns.end('c1')
  expect(takeAll(turns)).toEqual(['wide'])
  turns.end('wide')
  expect(takeAll(turns)).toEqual(['late'])
})

test('commands for a worker itself go one at a time', () => {
  const turns = managerOf({}, ['c1', { devices: [] }], ['c2', { devices: [] }], ['c3'])
  expect(takeAll(turns)).toEqual(['c1', 'c3'])
})

test('Q3: a caller with a thousand commands waiting lets each of another go as soon as one of its own has gone', () => {
  const turns = managerOf({ inFlightPerWorker: 1, waitingPerDevice: 5 })
  for (let count = 0; count < 1_000; count += 1) add(turns, `a${count}`, { devices: [`d${count % 250}`] })
  expect(turns.take('w1')).toBe('a0')
  for (const id of ['b1', 'b2', 'b3']) add(turns, id, { caller: 'b', devices: [id] })
  turns.end('a0')
  expect(order(turns).slice(0, 6)).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
})

test('Q3: a device with many commands waiting lets those of other devices go in the same round', () => {
  const turns = managerOf({ inFlightPerWorker: 1 })
  for (const id of ['x1', 'x2', 'x3']) add(turns, id, { devices: ['x'] })
  for (const id of ['y1', 'y2']) add(turns, id, { devices: ['y'] })
  expect(order(turns)).toEqual(['x1', 'y1', 'x2', 'y2', 'x3'])
})

test('Q3: on one device callers take turns too', () => {
  const turns = new ConcurrencyManager()
  for (const id of ['a1', 'a2', 'a3']) add(turns, id, { devices: ['d1'] })
  add(turns, 'b1', { caller: 'b', devices: ['d1'] })
  expect(order(turns)).toEqual(['a1', 'b1', 'a2', 'a3'])
})

test('a command starts at once if nothing that waits is passed by it', () => {
  const turns = managerOf({ inFlightPerWorker: 2 })
  expect(turns.enter(need('c1', { devices: ['d1'] }), true)).toBe('started')
  expect(turns.enter(need('c2', { devices: ['d1'] }), true)).toBe('reserved')
  expect(turns.enter(need('c3'), true)).toBe('started')
  expect(turns.enter(need('c4'), true)).toBe('reserved')
})

test('a command does not start at once before an earlier one of its device that is still being written down', () => {
  const turns = new ConcurrencyManager()
  expect(turns.enter(need('c1', { devices: ['d1'] }), false)).toBe('reserved')
  expect(turns.enter(need('c2', { devices: ['d1'] }), true)).toBe('reserved')
})

test('Q5: a device, a worker or a site that has enough waiting takes no more', () => {
  const d1 = { devices: ['d1'] }
  const turns = managerOf({ waitingPerDevice: 1, waitingPerWorker: 2, waiting: 3 })
  expect([add(turns, 'c1', d1), add(turns, 'c2', d1), add(turns, 'c3'), add(turns, 'c4')]).toEqual([
    true,
    false,
    true,
    false,
  ])
  expect([add(turns, 'c5', { workerId: 'w2' }), add(turns, 'c6', { workerId: 'w2' })]).toEqual([true, false])
  turns.take('w1')
  expect(add(turns, 'c6', { workerId: 'w2' })).toBe(true)
})

test('Q5: commands that are too large together are not taken, also while they are under way', () => {
  const turns = managerOf({ sizeBytes: 10 })
  expect(turns.enter(need('c1', { sizeBytes: 10 }), true)).toBe('started')
  expect(turns.enter(need('c2'), true)).toBe('full')
  turns.end('c1')
  expect(turns.enter(need('c2'), true)).toBe('started')
})

test('Q5: a caller that fills the queue keeps no other out', () => {
  const turns = managerOf({ waiting: 10 })
  for (let count = 0; count < 10; count += 1) add(turns, `a${count}`)
  expect(add(turns, 'a10')).toBe(false)
  const ofB = Array.from({ length: 6 }, (_, count) => add(turns, `b${count}`, { caller: 'b' }))
  expect(ofB).toEqual([true, true, true, true, true, false])
})

test('a worker that may have more under way gets them with the next turn, and one that may have fewer ends what it has', () => {
  const limits = { inFlightPerWorker: 1 }
  const turns = managerOf(limits, ['c1'], ['c2'], ['c3'], ['c4'])
  expect(takeAll(turns)).toEqual(['c1'])
  limits.inFlightPerWorker = 3
  expect(takeAll(turns)).toEqual(['c2', 'c3'])
  limits.inFlightPerWorker = 1
  expect([turns.waiting, turns.inFlight]).toEqual([1, 3])
  for (const id of ['c1', 'c2']) {
    turns.end(id)
    expect(turns.take('w1')).toBeUndefined()
  }
  expect(turns.enter(need('c5'), true)).toBe('reserved')
  turns.end('c3')
  expect(takeAll(turns)).toEqual(['c4'])
})

test('Q5: of a queue that is made shorter nothing is dropped, and it takes more when it is shorter than that', () => {
  const limits = { waiting: 3 }
  const turns = managerOf(limits, ['c1'], ['c2'], ['c3'])
  limits.waiting = 2
  turns.take('w1')
  expect(add(turns, 'c4')).toBe(false)
  turns.take('w1')
  expect(add(turns, 'c4')).toBe(true)
  limits.waiting = 3
  expect(add(turns, 'c5')).toBe(true)
  expect(takeAll(turns)).toEqual(['c3', 'c4', 'c5'])
})

test('a command that is withdrawn does not go, and is back in its place when it waits again', () => {
  const turns = managerOf({ inFlightPerWorker: 1 }, ['c1'], ['c2'], ['c3'])
  turns.withdraw('c1')
  expect(turns.take('w1')).toBe('c2')
  turns.queue('c1')
  turns.end('c2')
  expect(order(turns)).toEqual(['c1', 'c3'])
})

test('a command that is withdrawn and ended lets the next of its device go', () => {
  const turns = managerOf({}, ['c1', { devices: ['d1'] }], ['c2', { devices: ['d1'] }])
  turns.withdraw('c1')
  turns.end('c1')
  expect(order(turns)).toEqual(['c2'])
  expect(turns.waiting).toBe(0)
})

test('commands of an earlier process are taken whatever the limits', () => {
  const turns = managerOf({ inFlightPerWorker: 1, waitingPerDevice: 1, waitingPerWorker: 1, waiting: 1 })
  for (const id of ['c1', 'c2', 'c3']) turns.restore(need(id))
  expect(turns.enter(need('c4'), false)).toBe('full')
  expect(order(turns)).toEqual(['c1', 'c2', 'c3'])
})

test('a worker for which there is nothing to do is forgotten, others keep their order', () => {
  const turns = managerOf({}, ['c1', { workerId: 'w2' }], ['c2', { workerId: 'w2' }])
  turns.enter(need('gone'), true)
  turns.end('gone')
  turns.tidy()
  expect(order(turns, 'w2')).toEqual(['c1', 'c2'])
})

test('a command that has no place is a bug to ask for', () => {
  expect(() => new ConcurrencyManager().end('c1')).toThrow('has no place')
})

test('10,000 commands of 20 callers for 40 workers all go, each once and none beside another of its device', () => {
  const turns = new ConcurrencyManager()
  const deviceOf = (index: number): string => `w${index % 40}.d${index % 200}`
  for (let index = 0; index < 10_000; index += 1) {
    const of = { workerId: `w${index % 40}`, devices: [deviceOf(index)], caller: `c${index % 20}` }
    expect(add(turns, `${index}`, of)).toBe(true)
  }
  let gone = 0
  while (turns.waiting > 0) {
    const started: string[] = []
    for (let worker = 0; worker < 40; worker += 1) {
      for (let id = turns.take(`w${worker}`); id !== undefined; id = turns.take(`w${worker}`)) started.push(id)
    }
    expect(new Set(started.map((id) => deviceOf(Number(id)))).size).toBe(started.length)
    gone += started.length
    for (const id of started) turns.end(id)
  }
  expect(gone).toBe(10_000)
})

/** What may happen to commands, by number. */
const step = fc.record({
  act: fc.constantFrom('enter', 'enter', 'enter', 'take', 'take', 'end', 'yield', 'withdraw', 'requeue'),
  caller: fc.constantFrom('a', 'b', 'c'),
  devices: fc.uniqueArray(fc.constantFrom('d1', 'd2', 'd3'), { maxLength: 3 }),
  pick: fc.nat(),
})

test('whatever happens, no device has two commands under way, limits hold, and in the end everything has gone', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const turns = managerOf({ inFlightPerWorker: 2 })
      const ids = { waiting: new Set<string>(), started: new Set<string>(), withdrawn: new Set<string>() }
      const devicesOf = new Map<string, readonly string[]>()
      const pickOf = (from: ReadonlySet<string>, pick: number): string | undefined => [...from][pick % from.size]
      const move = (id: string | undefined, from: Set<string>, to: Set<string> | null): void => {
        if (id === undefined) return
        from.delete(id)
        to?.add(id)
      }
      const acts: Record<string, (change: Pick<Need, 'caller' | 'devices'>, pick: number, id: string) => void> = {
        enter(change, _, id) {
          devicesOf.set(id, change.devices)
          const entered = turns.enter(need(id, change), true)
          if (entered === 'reserved') turns.queue(id)
          ids[entered === 'started' ? 'started' : 'waiting'].add(id)
        },
        take: () => move(turns.take('w1'), ids.waiting, ids.started),
        end(_, pick) {
          const id = pickOf(ids.started, pick)
          if (id !== undefined) turns.end(id)
          move(id, ids.started, null)
        },
        yield(_, pick) {
          const id = pickOf(ids.started, pick)
          if (id !== undefined) turns.yield(id)
          move(id, ids.started, ids.waiting)
        },
        withdraw(_, pick) {
          const id = pickOf(ids.waiting, pick)
          if (id !== undefined) turns.withdraw(id)
          move(id, ids.waiting, ids.withdrawn)
        },
        requeue(_, pick) {
          const id = pickOf(ids.withdrawn, pick)
          if (id !== undefined) turns.queue(id)
          move(id, ids.withdrawn, ids.waiting)
        },
      }
      for (const [index, { act, caller, devices, pick }] of steps.entries()) {
        acts[act]?.({ caller, devices }, pick, `c${index}`)
        const busy = [...ids.started].flatMap((id) => {
          const devices = devicesOf.get(id) ?? []
          return devices.length === 0 ? ['worker itself'] : devices
        })
        expect(new Set(busy).size).toBe(busy.length)
        expect(ids.started.size).toBeLessThanOrEqual(2)
        expect([turns.waiting, turns.inFlight]).toEqual([ids.waiting.size + ids.withdrawn.size, ids.started.size])
      }
      for (const id of ids.withdrawn) turns.queue(id)
      for (const id of ids.started) turns.end(id)
      expect(order(turns)).toHaveLength(ids.waiting.size + ids.withdrawn.size)
    }),
  )
})
