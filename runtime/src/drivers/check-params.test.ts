import { describe, expect, it } from 'vitest'
import { checkParams } from './check-params.ts'
import type { CommandDeclaration } from './device-contract.ts'

const command: CommandDeclaration = {
  name: 'tune',
  description: '',
  params: [
    { name: 'mode', type: 'string', required: true, enum: ['low', 'high'] },
    { name: 'pct', type: 'number', required: false, min: 0, max: 100 },
    { name: 'on', type: 'boolean', required: false },
    { name: 'pools', type: 'object', required: false },
  ],
}

describe('checkParams', () => {
  it.each([
    [{ mode: 'low' }],
    [{ mode: 'high', pct: 0, on: false, pools: [{ url: 'x' }] }],
    [{ mode: 'low', pct: 100, pools: {} }],
  ])('lets %j through as it is', (given) => {
    expect(checkParams(command, given)).toEqual({ kind: 'ok', value: given })
  })

  it.each([
    [{}, 'ERR_PARAM_REQUIRED'],
    [null, 'ERR_PARAM_REQUIRED'],
    [{ mode: null }, 'ERR_PARAM_REQUIRED'],
    [{ mode: 'low', colour: 'red' }, 'ERR_PARAM_UNKNOWN'],
    [{ mode: 1 }, 'ERR_PARAM_TYPE'],
    [{ mode: 'low', pct: '5' }, 'ERR_PARAM_TYPE'],
    [{ mode: 'low', pct: Number.NaN }, 'ERR_PARAM_TYPE'],
    [{ mode: 'low', pct: -1 }, 'ERR_PARAM_RANGE'],
    [{ mode: 'low', pct: 101 }, 'ERR_PARAM_RANGE'],
    [{ mode: 'turbo' }, 'ERR_PARAM_ENUM'],
    [['low', 1, true, {}, 'more'], 'ERR_PARAM_UNKNOWN'],
  ])('refuses %j with %s', (given, reason) => {
    expect(checkParams(command, given)).toMatchObject({ kind: 'problem', reason })
  })

  it.each([[['low', 7]], [{ args: ['low', 7] }]])('gives positional parameters %j the declared names', (given) => {
    expect(checkParams(command, given)).toEqual({ kind: 'ok', value: { mode: 'low', pct: 7 } })
  })

  it('takes {value} for the first parameter, unless a parameter is called so', () => {
    expect(checkParams(command, { value: 'low' })).toEqual({ kind: 'ok', value: { mode: 'low' } })
    const own: CommandDeclaration = {
      ...command,
      params: [
        { name: 'unit', type: 'number', required: false },
        { name: 'value', type: 'number', required: true },
      ],
    }
    expect(checkParams(own, { value: 3 })).toEqual({ kind: 'ok', value: { value: 3 } })
  })
})
