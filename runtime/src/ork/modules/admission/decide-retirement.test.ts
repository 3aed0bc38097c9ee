import { expect, test } from 'vitest'
import { decideRetirement, retireAfterMs } from './decide-retirement.ts'

const away = { workerId: 'w1', present: false }
const missedFor = (absentMs: number) => new Map([['w1', absentMs]])

test('a worker is retired when it has been missed for a day, not before', () => {
  expect(decideRetirement(missedFor(retireAfterMs - 2), [away], 1).retire).toEqual([])
  expect(decideRetirement(missedFor(retireAfterMs - 2), [away], 2).retire).toEqual(['w1'])
})

test('a worker that comes back has a whole day again', () => {
  const { absences } = decideRetirement(missedFor(retireAfterMs - 1), [{ workerId: 'w1', present: true }], 60_000)
  expect(decideRetirement(absences, [away], 60_000)).toEqual({ absences: missedFor(60_000), retire: [] })
})

test('who is no worker any more is forgotten', () => {
  expect(decideRetirement(missedFor(5), [], 60_000).absences).toEqual(new Map())
})
