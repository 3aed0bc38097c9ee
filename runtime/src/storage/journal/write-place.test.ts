import { expect, test } from 'vitest'
import { writePlace } from './write-place.ts'

function placeAt() {
  let nowMs = 0
  const place = writePlace(() => nowMs)
  const write = (tookMs: number) =>
    place.inLoop(() => {
      nowMs += tookMs
      return tookMs
    })
  return { place, write, pass: (ms: number) => (nowMs += ms) }
}

test('writes run in the event loop while they are fast, and large ones in the thread pool', () => {
  const { place, write } = placeAt()
  expect([write(0), write(9)]).toEqual([0, 9])
  expect([place.isLoop(1), place.isLoop(256 * 1024), place.isLoop(256 * 1024 + 1)]).toEqual([true, true, false])
})

test('a slow one sends those that follow to the pool for ten seconds', () => {
  const { place, write, pass } = placeAt()
  write(10)
  expect(place.isLoop(1)).toBe(false)
  pass(9_999)
  expect(place.isLoop(1)).toBe(false)
  pass(1)
  expect(place.isLoop(1)).toBe(true)
})

test('one that fails throws, and counts as slow if it was', () => {
  const { place, pass } = placeAt()
  const fail = () =>
    place.inLoop(() => {
      pass(20)
      throw new Error('the disk is full')
    })
  expect(fail).toThrow('the disk is full')
  expect(place.isLoop(1)).toBe(false)
})
