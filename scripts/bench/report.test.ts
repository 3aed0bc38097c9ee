import { expect, test } from 'vitest'
import { formatReport, quantile, reportOf } from './report.ts'

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)

test.each([
  [0.5, 50],
  [0.99, 99],
  [1, 100],
])('of the numbers 1 to 100 the quantile %f is %d', (share, value) => {
  expect(quantile(hundred, share)).toBe(value)
})

test('a report sets each line beside the reference and says whether its goal was met', () => {
  const reference = { what: 'raw', samplesMs: [2, 2, 2], goalMs: null }
  const lines = [
    { what: 'fast', samplesMs: [10, 20, 30], goalMs: 500 },
    { what: 'slow', samplesMs: [600], goalMs: 500 },
  ]
  expect(formatReport(reportOf('a bench', reference, lines))).toBe(
    [
      'a bench',
      '',
      'milliseconds  n    p50    p99    max  / reference      p99 goal',
      'raw           3    2.0    2.0    2.0        1.0 x              ',
      'fast          3   20.0   30.0   30.0       10.0 x     < 500 met',
      'slow          1  600.0  600.0  600.0      300.0 x  < 500 MISSED',
    ].join('\n'),
  )
})
