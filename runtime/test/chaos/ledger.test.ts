import { expect, test } from 'vitest'
import { auditLedger, formatAudit, type Outcome } from './ledger.ts'

const audit = (outcomes: readonly Outcome[], ran: number) => {
  const { lost, doubled, stuck } = auditLedger(
    outcomes.map((outcome) => ({ key: 'k', outcome })),
    new Map([['k', ran]]),
  )
  return { lost, doubled, stuck }
}

test.each<readonly [readonly Outcome[], number, Partial<ReturnType<typeof audit>>]>([
  [['succeeded'], 1, {}],
  [['succeeded'], 2, { doubled: 1 }],
  [['succeeded'], 0, { lost: 1 }],
  [['unknown'], 0, {}],
  [['unknown'], 1, {}],
  [['unknown'], 2, { doubled: 1 }],
  [['unacknowledged'], 1, {}],
  [['unacknowledged'], 2, { doubled: 1 }],
  [['refused'], 0, {}],
  [['refused'], 1, { doubled: 1 }],
  [['failed'], 0, {}],
  [['failed'], 1, { doubled: 1 }],
  [['missing'], 1, { lost: 1 }],
  [['open'], 0, { stuck: 1 }],
  [['succeeded', 'unknown', 'succeeded'], 3, {}],
  [['succeeded', 'unknown', 'succeeded'], 2, {}],
  [['succeeded', 'failed', 'succeeded'], 3, { doubled: 1 }],
  [['succeeded', 'unknown', 'succeeded'], 1, { lost: 1 }],
  [[], 1, { doubled: 1 }],
])('%j that ran %i times makes %j', (outcomes, ran, expected) => {
  expect(audit(outcomes, ran)).toEqual({ lost: 0, doubled: 0, stuck: 0, ...expected })
})

test('the last line counts what was accepted, and what does not come out is named', () => {
  const orders = (['succeeded', 'failed', 'unknown', 'refused', 'unacknowledged'] as const).map((outcome) => ({
    key: `a ${outcome} one`,
    outcome,
  }))
  const found = auditLedger(orders, new Map([['a succeeded one', 2]]))
  expect(formatAudit(7, found)).toBe('kills 7, accepted 3, lost 0, doubled 1, stuck 0, unknown 1')
  expect(found.findings).toEqual(['a succeeded one ran 2 times; it was succeeded'])
})
