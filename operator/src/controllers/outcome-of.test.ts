import { expect, test } from 'vitest'
import { ApiError } from '../kube/errors.ts'
import { outcomeOf } from './outcome-of.ts'
import type { Setback } from './steps.ts'

const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }
const error = new ApiError({ kind: 'denied', status: 403, message: 'no' })
const refused: Setback = { kind: 'refused', object, error, exists: true }
const unchanged = (againMs: number | null) => ({ kind: 'unchanged', againMs }) as const

test('what was refused is tried again, and nothing else that is due is forgotten over it', () => {
  expect(outcomeOf(null, [refused], unchanged(null))).not.toHaveProperty('atLatestMs')
  expect(outcomeOf(20_000, [refused], unchanged(10_000))).toMatchObject({ kind: 'retry', atLatestMs: 10_000 })
  expect(outcomeOf(null, [refused, { kind: 'leaving', object }], unchanged(10_000))).toMatchObject({
    kind: 'retry',
    atLatestMs: 1_000,
  })
})

test('an object that is gone owes nothing', () => {
  expect(outcomeOf(1, [refused], { kind: 'absent' })).toEqual({ kind: 'done' })
})
