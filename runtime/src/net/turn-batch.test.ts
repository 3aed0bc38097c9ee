import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { TurnBatch, togetherBytes, togetherCount } from './turn-batch.ts'

/** A channel that notes when it holds back and lets go, and what is sent meanwhile, by size. */
function channel() {
  const state = { open: true }
  const done: (string | number)[] = []
  const batch = new TurnBatch({ cork: () => done.push('cork'), uncork: () => done.push('uncork') }, () => state.open)
  const send = (sizeBytes: number, more = true) => {
    batch.expect(sizeBytes, more)
    done.push(sizeBytes)
  }
  return { done, state, send }
}

test('the messages of one turn go together, and those of the next after them', async () => {
  const { done, send } = channel()
  for (const size of [1, 2, 3]) send(size)
  await nextTurn()
  expect(done).toEqual(['cork', 1, 2, 3, 'uncork'])
  for (const size of [4, 5]) send(size)
  await nextTurn()
  expect(done.slice(5)).toEqual(['cork', 4, 5, 'uncork'])
})

test('what is alone goes at once, but not before what is held back', async () => {
  const { done, send } = channel()
  send(1, false)
  send(2, true)
  send(3, false)
  await nextTurn()
  expect(done).toEqual([1, 'cork', 2, 3, 'uncork'])
})

test('what would become too much lets go of what is held back, and is held back itself', async () => {
  const { done, send } = channel()
  for (const size of [togetherBytes - 1, 2, 3]) send(size)
  await nextTurn()
  await nextTurn()
  expect(done.filter((each) => typeof each === 'string')).toEqual(['cork', 'uncork', 'cork', 'uncork'])
})

test('no more than some go together, so that the other side can begin', async () => {
  const { done, send } = channel()
  for (let sent = 0; sent < 2 * togetherCount + 1; sent += 1) send(1)
  expect(done.filter((each) => each === 'uncork')).toHaveLength(2)
  await nextTurn()
  await nextTurn()
  expect(done.filter((each) => each === 'uncork')).toHaveLength(3)
})

test('a large message waits for nothing', async () => {
  const { done, send } = channel()
  for (const size of [togetherBytes + 1, togetherBytes + 2]) send(size)
  await nextTurn()
  expect(done).toEqual([togetherBytes + 1, togetherBytes + 2])
})

test('nothing is sent on a stream that has ended meanwhile', async () => {
  const { done, state, send } = channel()
  for (const size of [1, 2]) send(size)
  state.open = false
  await nextTurn()
  expect(done).toEqual(['cork', 1, 2])
})
