import { expect, test } from 'vitest'
import { DispatchQueue } from './dispatch-queue.ts'

const add = (queue: DispatchQueue, workerId: string, commandId: string): boolean => {
  if (!queue.reserve(workerId)) return false
  queue.add(workerId, commandId)
  return true
}

test('commands go in the order of their coming, as many at once as a worker takes', () => {
  const queue = new DispatchQueue({ inFlightPerWorker: 2, waitingPerWorker: 10, waiting: 10 })
  for (const id of ['c1', 'c2', 'c3']) add(queue, 'w1', id)
  expect([queue.take('w1'), queue.take('w1'), queue.take('w1')]).toEqual(['c1', 'c2', undefined])
  queue.release('w1')
  expect(queue.take('w1')).toBe('c3')
})

test('a worker that has enough waiting, or a site that has, takes no more', () => {
  const queue = new DispatchQueue({ inFlightPerWorker: 1, waitingPerWorker: 2, waiting: 3 })
  expect([add(queue, 'w1', 'c1'), add(queue, 'w1', 'c2'), add(queue, 'w1', 'c3')]).toEqual([true, true, false])
  expect([add(queue, 'w2', 'c4'), add(queue, 'w2', 'c5')]).toEqual([true, false])
  queue.take('w1')
  expect(add(queue, 'w2', 'c5')).toBe(true)
})

test('a place that is reserved counts until it is given back', () => {
  const queue = new DispatchQueue({ inFlightPerWorker: 1, waitingPerWorker: 1, waiting: 1 })
  expect(queue.reserve('w1')).toBe(true)
  expect(queue.reserve('w1')).toBe(false)
  queue.cancelReservation('w1')
  expect(queue.reserve('w1')).toBe(true)
})

test('a command that was not sent after all is the next again', () => {
  const queue = new DispatchQueue({ inFlightPerWorker: 1, waitingPerWorker: 9, waiting: 9 })
  for (const id of ['c1', 'c2']) add(queue, 'w1', id)
  queue.take('w1')
  queue.giveBack('w1', 'c1')
  expect(queue.waitingOf('w1')).toEqual(['c1', 'c2'])
  expect(queue.take('w1')).toBe('c1')
})

test('a command that waits can be taken out, one that is under way cannot', () => {
  const queue = new DispatchQueue()
  for (const id of ['c1', 'c2']) add(queue, 'w1', id)
  queue.take('w1')
  expect([queue.remove('w1', 'c1'), queue.remove('w1', 'c2'), queue.remove('w9', 'c9')]).toEqual([false, true, false])
  expect([...queue.waiting()]).toEqual([])
})

test('commands that were accepted before a restart are taken whatever the limits', () => {
  const queue = new DispatchQueue({ inFlightPerWorker: 1, waitingPerWorker: 1, waiting: 1 })
  for (const id of ['c1', 'c2', 'c3']) queue.restore('w1', id)
  expect(queue.waitingOf('w1')).toEqual(['c1', 'c2', 'c3'])
  expect(queue.reserve('w1')).toBe(false)
})
