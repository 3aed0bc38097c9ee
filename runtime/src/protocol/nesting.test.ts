import { expect, test } from 'vitest'
import { isTooDeep, maxNesting } from './nesting.ts'

const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const objects = (depth: number) => `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`

test.each([
  ['lists as deep as may be', lists(maxNesting), false],
  ['lists one deeper', lists(maxNesting + 1), true],
  ['objects as deep as may be', objects(maxNesting), false],
  ['objects one deeper', objects(maxNesting + 1), true],
  ['many beside each other', `[${`${lists(3)},`.repeat(1_000)}0]`, false],
  ['brackets in a text', JSON.stringify({ text: '['.repeat(1_000) }), false],
  ['a text that ends in a backslash', `{"a":"\\\\","b":${lists(maxNesting)}}`, true],
  ['brackets after a quote that is escaped', JSON.stringify({ text: `"${'['.repeat(1_000)}` }), false],
  ['brackets that nothing closes', '['.repeat(1_000), true],
])('%s', (_, text, tooDeep) => {
  expect(isTooDeep(Buffer.from(text))).toBe(tooDeep)
})
