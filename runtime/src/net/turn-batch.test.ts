import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { RepliesTogether, togetherBytes } from './replies-together.ts'

/** A channel that notes when it holds back and lets go, and what is given to it meanwhile, by size. */
function channel() {
  const state = { open: true }
  const done: (string | number)[] = []
  const together = new RepliesTogether(
    { cork: () => done.push('cork'), uncork: () => done.push('uncork') },
    () => state.open,
  )
  const reply = (sizeBytes: number) =>
    together.add(() => Promise.resolve(Buffer.alloc(sizeBytes))).then(({ length }) => void done.push(length))
  return { done, state, reply }
}

test('the replies of one turn go together, and those of the next after them', async () => {
  const { done, reply } = channel()
  await Promise.all([reply(1), reply(2), reply(3)])
  await nextTurn()
  expect(done).toEqual(['cork', 1, 2, 3, 'uncork'])
  await Promise.all([reply(4), reply(5)])
  await nextTurn()
  expect(done.slice(5)).toEqual(['cork', 4, 5, 'uncork'])
})

test('a reply to the only request under way goes at once', async () => {
  const { done, reply } = channel()
  await reply(1)
  await reply(2)
  expect(done).toEqual([1, 2])
})

test('what would become too much lets go of what is held back, and is held back itself', async () => {
  const { done, reply } = channel()
  await Promise.all([reply(togetherBytes - 1), reply(2), reply(3)])
  await nextTurn()
  await nextTurn()
  expect(done.filter((each) => typeof each === 'string')).toEqual(['cork', 'uncork', 'cork', 'uncork'])
})

test('a large reply waits for nothing', async () => {
  const { done, reply } = channel()
  await Promise.all([reply(togetherBytes + 1), reply(togetherBytes + 2)])
  expect(done).toEqual([togetherBytes + 1, togetherBytes + 2])
})

test('nothing is sent on a stream that has ended meanwhile', async () => {
  const { done, state, reply } = channel()
  await Promise.all([reply(1), reply(2)])
  state.open = false
  await nextTurn()
  expect(done).toEqual(['cork', 1, 2])
})
