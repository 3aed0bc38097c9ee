import { expect, test } from 'vitest'
import type { ContractParam } from '../../../protocol/worker-contract.ts'
import { checkParams } from './check-params.ts'

const declared: readonly ContractParam[] = [
  { name: 'pct', type: 'number', required: true, min: 0, max: 100 },
  { name: 'mode', type: 'string', enum: ['low', 'high'] },
  { name: 'force', type: 'boolean' },
  { name: 'pools', type: 'object' },
]

test.each([
  [{}, 'ERR_PARAM_REQUIRED: pct'],
  [{ pct: null }, 'ERR_PARAM_REQUIRED: pct'],
  [{ pct: '50' }, 'ERR_PARAM_TYPE: pct must be number'],
  [{ pct: Number.NaN }, 'ERR_PARAM_TYPE: pct must be number'],
  [{ pct: Number.POSITIVE_INFINITY }, 'ERR_PARAM_TYPE: pct must be number'],
  [{ pct: -1 }, 'ERR_PARAM_RANGE: pct below min 0'],
  [{ pct: 101 }, 'ERR_PARAM_RANGE: pct above max 100'],
  [{ pct: 1, mode: 'turbo' }, 'ERR_PARAM_ENUM: mode must be one of low, high'],
  [{ pct: 1, mode: 1 }, 'ERR_PARAM_TYPE: mode must be string'],
  [{ pct: 1, force: 'yes' }, 'ERR_PARAM_TYPE: force must be boolean'],
  [{ pct: 1, pools: 'x' }, 'ERR_PARAM_TYPE: pools must be object'],
  [{ pct: 1, speed: 3 }, 'ERR_PARAM_UNKNOWN: speed'],
  [{ args: [1, 'low', true, {}, 5] }, 'ERR_PARAM_UNKNOWN: #5'],
])('parameters %o are refused with %s', (params, error) => {
  expect(checkParams(declared, params)).toEqual({ kind: 'rejected', error })
})

test('parameters that fit pass as they are, an array counting as an object and null as absent', () => {
  const params = { pct: 100, mode: 'low', force: null, pools: [1] }
  expect(checkParams(declared, params)).toEqual({ kind: 'ok', params })
})

test('positional parameters get the declared names in order', () => {
  expect(checkParams(declared, { args: [50, 'high'] })).toEqual({ kind: 'ok', params: { pct: 50, mode: 'high' } })
  expect(checkParams(declared, { value: 50 })).toEqual({ kind: 'ok', params: { pct: 50 } })
})

test('a parameter that is really called value or args is not positional', () => {
  const value: ContractParam = { name: 'value', type: 'number' }
  expect(checkParams([{ name: 'other', type: 'number' }, value], { value: 1 })).toEqual({
    kind: 'ok',
    params: { value: 1 },
  })
})
