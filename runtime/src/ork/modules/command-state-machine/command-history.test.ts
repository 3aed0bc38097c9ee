import { expect, test } from 'vitest'
import { aCommand } from '../../../../test/ork/a-command.ts'
import { CommandHistory, type Retention } from './command-history.ts'
import { formatStatus } from './record.ts'

function historyOf(retention: Partial<Retention>, ended: readonly string[], sizeBytes = 0): CommandHistory {
  const history = new CommandHistory({ forMs: () => 1_000, count: 100, sizeBytes: 100_000, ...retention })
  for (const commandId of ended) {
    const record = formatStatus(aCommand({ commandId, state: 'SUCCESS', updatedAt: 100 }))
    history.add(record, JSON.stringify(record).padEnd(sizeBytes), null)
  }
  return history
}

test('a command that has ended can be asked for until its time is over', () => {
  const history = historyOf({}, ['c1'])
  expect(history.forget(1_099)).toEqual([])
  expect(history.find('c1')).toMatchObject({ status: 'SUCCESS' })
  expect(history.forget(1_100)).toEqual([{ commandId: 'c1', known: null }])
  expect([history.find('c1'), history.size]).toEqual([undefined, 0])
})

test('a time that is changed counts from the next look on, also for what has ended before', () => {
  let forMs = 1_000
  const history = historyOf({ forMs: () => forMs }, ['c1'])
  forMs = 5_000
  expect(history.forget(5_099)).toEqual([])
  forMs = 2_000
  expect(history.forget(2_100)).toHaveLength(1)
})

test('of too many commands those that ended first are forgotten', () => {
  expect(historyOf({ count: 1 }, ['c1', 'c2', 'c3']).forget(100)).toMatchObject([
    { commandId: 'c1' },
    { commandId: 'c2' },
  ])
})

test('of commands that are too large together those that ended first are forgotten', () => {
  expect(historyOf({ sizeBytes: 1_000 }, ['c1', 'c2', 'c3'], 500).forget(100)).toMatchObject([{ commandId: 'c1' }])
})
