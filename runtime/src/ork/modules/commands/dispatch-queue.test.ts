import { expect, test } from 'vitest'
import { DispatchQueue } from './dispatch-queue.ts'

const usual = { inFlightPerWorker: 9, waitingPerDevice: 9, waitingPerWorker: 9, waiting: 9 }
/** Each command is for a device of its own unless one is given. */
const add = (
  queue: DispatchQueue,
  workerId: string,
  commandId: string,
  deviceId: string | null = commandId,
): boolean => {
  const place = queue.reserve({ workerId, deviceId })
  if (place !== undefined) queue.add(place, commandId)
  return place !== undefined
}

test('commands go in the order of their coming, as many at once as a worker takes', () => {
  const queue = new DispatchQueue({ ...usual, inFlightPerWorker: 2 })
  for (const id of ['c1', 'c2', 'c3']) add(queue, 'w1', id)
  const first = queue.take('w1')
  expect([first, queue.take('w1'), queue.take('w1')].map((ticket) => ticket?.commandId)).toEqual([
    'c1',
    'c2',
    undefined,
  ])
  queue.release(first!)
  expect(queue.take('w1')?.commandId).toBe('c3')
})

test.each(['d1', null])(
  'Q7: of the commands for %s one is under way, and what is for others goes before the rest',
  (device) => {
    const queue = new DispatchQueue(usual)
    for (const id of ['c1', 'c2']) add(queue, 'w1', id, device)
    add(queue, 'w1', 'c3', 'd2')
    const first = queue.take('w1')
    expect([first, queue.take('w1'), queue.take('w1')].map((ticket) => ticket?.commandId)).toEqual([
      'c1',
      'c3',
      undefined,
    ])
    queue.giveBack(first!)
    expect(queue.waitingOf('w1')).toEqual(['c1', 'c2'])
    queue.release(queue.take('w1')!)
    expect(queue.take('w1')?.commandId).toBe('c2')
  },
)

test('a worker that has enough waiting, or a site that has, takes no more', () => {
  const queue = new DispatchQueue({ ...usual, inFlightPerWorker: 1, waitingPerWorker: 2, waiting: 3 })
  expect([add(queue, 'w1', 'c1'), add(queue, 'w1', 'c2'), add(queue, 'w1', 'c3')]).toEqual([true, true, false])
  expect([add(queue, 'w2', 'c4'), add(queue, 'w2', 'c5')]).toEqual([true, false])
  queue.take('w1')
  expect(add(queue, 'w2', 'c5')).toBe(true)
})

test('a device that has enough waiting takes no more, and leaves room for the others of its worker', () => {
  const queue = new DispatchQueue({ ...usual, waitingPerDevice: 1 })
  expect([add(queue, 'w1', 'c1', 'd1'), add(queue, 'w1', 'c2', 'd1'), add(queue, 'w1', 'c3', 'd2')]).toEqual([
    true,
    false,
    true,
  ])
})

test('a place that is reserved counts until it is given back', () => {
  const queue = new DispatchQueue({ ...usual, waitingPerDevice: 1 })
  const to = { workerId: 'w1', deviceId: 'd1' }
  const place = queue.reserve(to)
  expect(queue.reserve(to)).toBeUndefined()
  queue.cancelReservation(place!)
  expect(queue.reserve(to)).toBeDefined()
})

test('commands that were not sent after all wait again in the order of their coming', () => {
  const queue = new DispatchQueue(usual)
  for (const id of ['c1', 'c2', 'c3', 'c4']) add(queue, 'w1', id)
  const taken = [queue.take('w1'), queue.take('w1'), queue.take('w1')]
  for (const ticket of taken) queue.giveBack(ticket!)
  expect(queue.waitingOf('w1')).toEqual(['c1', 'c2', 'c3', 'c4'])
  expect(queue.take('w1')?.commandId).toBe('c1')
})

test('a command that waits can be taken out and put back, one that is under way cannot', () => {
  const queue = new DispatchQueue()
  for (const id of ['c1', 'c2', 'c3']) add(queue, 'w1', id)
  queue.take('w1')
  const removed = queue.remove('w1', 'c2')
  expect([queue.remove('w1', 'c1'), queue.remove('w9', 'c9')]).toEqual([undefined, undefined])
  expect(queue.waitingOf('w1')).toEqual(['c3'])
  queue.putBack(removed!)
  expect(queue.waitingOf('w1')).toEqual(['c2', 'c3'])
  expect(queue.workers()).toEqual(['w1'])
})

test('commands that were accepted before a restart are taken whatever the limits', () => {
  const queue = new DispatchQueue({ inFlightPerWorker: 1, waitingPerDevice: 1, waitingPerWorker: 1, waiting: 1 })
  const to = { workerId: 'w1', deviceId: 'd1' }
  for (const id of ['c1', 'c2', 'c3']) queue.restore(to, id)
  expect(queue.waitingOf('w1')).toEqual(['c1', 'c2', 'c3'])
  expect(queue.reserve(to)).toBeUndefined()
})
