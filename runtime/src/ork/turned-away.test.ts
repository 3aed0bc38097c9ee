import { expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { createTurnedAway } from './turned-away.ts'

function turnedAway() {
  const lines: string[] = []
  const clock = { at: 1_000, monotonic: () => clock.at }
  const log = createLog({ level: 'info', service: 'ork', destination: { write: (line) => void lines.push(line) } })
  return { clock, lines, ...createTurnedAway(clock, log) }
}

test('a caller is named once a minute, however often it calls', () => {
  const { clock, lines, note } = turnedAway()
  note('a')
  note('a')
  note('b')
  expect(lines.map((line) => (JSON.parse(line) as { publicKey: string }).publicKey)).toEqual(['a', 'b'])
  clock.at += 60_000
  note('a')
  expect(lines).toHaveLength(3)
})

test('callers with ever new keys fill no log', () => {
  const { lines, note } = turnedAway()
  for (let key = 0; key < 10_000; key += 1) note(String(key))
  expect(lines).toHaveLength(32)
})
