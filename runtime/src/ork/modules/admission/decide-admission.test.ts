import { expect, test } from 'vitest'
import { decideAdmission } from './decide-admission.ts'

test('a name that nobody has is given, and so is one that this key has already', () => {
  expect(decideAdmission('w1', 'k1', undefined)).toBeNull()
  expect(decideAdmission('w1', 'k1', 'k1')).toBeNull()
})

test('a name that another key has is refused, and the claim is told', () => {
  expect(decideAdmission('w1', 'k2', 'k1')).toEqual({
    reason:
      "it calls itself 'w1', which is registered under another key; terminate that worker if this one replaces it",
    claimed: 'w1',
  })
})

test.each(['', 'x'.repeat(129), 'w\n1', 'w\u202e1'])('%j is no name', (name) => {
  expect(decideAdmission(name, 'k1', undefined)).toMatchObject({ claimed: null })
})
