import { expect, test } from 'vitest'
import { parseQuantity } from './quantity.ts'

test.each([
  ['1000m', '1'],
  ['1100m', '1.1'],
  ['0.5Gi', '512Mi'],
  ['1Gi', '1073741824'],
  ['1e3', '1k'],
  ['1E', '1000P'],
  ['.5', '500m'],
])('%s is %s', (one, other) => {
  expect(parseQuantity(one)).toBe(parseQuantity(other))
})

test.each(['', 'runtime', '1GB', '1 Gi', '--1', 'Gi'])("'%s' is no amount", (text) => {
  expect(parseQuantity(text)).toBeNull()
})
