import { expect, test } from 'vitest'
import { type Figure, formatFigures, formatJson } from './figures.ts'

const fast: Figure = { name: 'pull.c64', value: 19_000, reference: 20_000, note: '' }
const slow: Figure = { name: 'ack.p99', value: 12.25, reference: 2.5, note: 'at 400/s' }
const missing: Figure = { name: 'command.c64', value: null, reference: null, note: 'not measured' }
const still: Figure = { name: 'idle.bytes', value: 0, reference: null, note: '' }

test('a table has each figure beside its reference, and says whether the goal was met', () => {
  expect(formatFigures('a bench', [fast, slow, missing, still])).toBe(
    [
      'a bench',
      '',
      'figure       value      reference  ratio  goal',
      'pull.c64     19,000 /s  20,000 /s  0.95   ≥ 0.9 ratio met',
      'ack.p99      12.3 ms    2.50 ms    4.90   < 5 ms MISSED    at 400/s',
      'command.c64  -          -          -      ≥ 0.35 ratio     not measured',
      'idle.bytes   0.00 B     -          -      0 B met',
    ].join('\n'),
  )
})

test('as JSON a figure is name, unit, value, reference and ratio, null where there is none', () => {
  expect([fast, slow, missing].map(formatJson)).toEqual([
    { name: 'pull.c64', unit: '/s', value: 19_000, reference: 20_000, ratio: 0.95 },
    { name: 'ack.p99', unit: 'ms', value: 12.25, reference: 2.5, ratio: 4.9 },
    { name: 'command.c64', unit: '/s', value: null, reference: null, ratio: null },
  ])
})
