import { expect, test } from 'vitest'
import { createTurnRoom } from './turn-room.ts'

const turn = () => new Promise(setImmediate)

test('so many begin in a turn, and the others in later ones, in order', async () => {
  const room = createTurnRoom(2)
  const begun: number[] = []
  const begin = (number: number) => {
    const later = room.enter()
    if (later === null) begun.push(number)
    else void later.then(() => begun.push(number))
  }
  for (let number = 0; number < 5; number += 1) begin(number)
  expect([begun, room.waiting]).toEqual([[0, 1], 3])
  await turn()
  expect([begun, room.waiting]).toEqual([[0, 1, 2, 3], 1])
  begin(5)
  expect(begun).toEqual([0, 1, 2, 3])
  await turn()
  expect([begun, room.waiting]).toEqual([[0, 1, 2, 3, 4, 5], 0])
})

test('whoever comes once in a turn never waits', async () => {
  const room = createTurnRoom(1)
  for (let number = 0; number < 3; number += 1) {
    expect(room.enter()).toBeNull()
    await turn()
  }
})
