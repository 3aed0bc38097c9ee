import { expect, it } from 'vitest'
import { manualClock } from '../machine/manual-clock.ts'
import { createDoor } from './door.ts'

it('lets ORK in and nobody else, whoever ORK is at the moment', () => {
  let ork: string | null = 'a'
  const door = createDoor(() => ork, manualClock())
  expect([door.admits('a'), door.admits('b')]).toEqual([true, false])
  ork = 'b'
  expect([door.admits('a'), door.admits('b')]).toEqual([false, true])
  ork = null
  expect(door.admits('b')).toBe(false)
})

it('remembers for a minute whom it turned away, the last eight of them', async () => {
  const clock = manualClock()
  const door = createDoor(() => 'ork', clock)
  for (const key of 'ihgfedcba') door.admits(key)
  expect(door.refused().join('')).toBe('abcdefgh')
  await clock.advance(59_000)
  door.admits('a')
  await clock.advance(2_000)
  expect(door.refused()).toEqual(['a'])
})
