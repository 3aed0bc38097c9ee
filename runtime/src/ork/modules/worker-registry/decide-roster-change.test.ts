import { expect, test } from 'vitest'
import { decideRosterChange } from './decide-roster-change.ts'
import { newWorker } from './machine.ts'

const entry = (workerId: string, publicKey = `key-${workerId}`, host = workerId) => ({
  workerId,
  publicKey,
  host,
  port: 49737,
})
const known = (workerId: string) => newWorker(workerId, `key-${workerId}`, { host: workerId, port: 49737 })

test('a roster like the registry changes nothing', () => {
  const change = decideRosterChange([known('a'), known('b')], [entry('a'), entry('b')])
  expect(change).toEqual({ add: [], rekey: [], move: [], retire: [], sharing: new Map() })
})

test('who is new is added, who left is retired, who has another key or address is followed', () => {
  const roster = [entry('a', 'key-new'), entry('b', 'key-b', 'elsewhere'), entry('d')]
  const change = decideRosterChange([known('a'), known('b'), known('c')], roster)
  expect(change.add).toEqual([entry('d')])
  expect(change.rekey).toEqual([entry('a', 'key-new')])
  expect(change.move).toEqual([entry('b', 'key-b', 'elsewhere')])
  expect(change.retire).toEqual(['c'])
})

test('of two workers with one key the first gets it, and the second is named with its holder', () => {
  const change = decideRosterChange([], [entry('a', 'same'), entry('b', 'same')])
  expect(change.sharing).toEqual(new Map([['b', 'a']]))
})

test('an empty roster retires everybody', () => {
  expect(decideRosterChange([known('a')], []).retire).toEqual(['a'])
})
