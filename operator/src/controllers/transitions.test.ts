import { expect, test } from 'vitest'
import type { Condition } from '../api/v1alpha1/index.ts'
import { decideTransitions } from './transitions.ts'

function condition(type: string, status: Condition['status'], reason: string): Condition {
  return { type, status, reason, message: `${reason}!`, lastTransitionTime: '' }
}
const ready = condition('Ready', 'True', 'Serving')
const waiting = condition('Ready', 'False', 'NoQuorum')
const lost = condition('Stalled', 'True', 'SecretLost')

test('becoming Ready is told once', () => {
  expect(decideTransitions([waiting], [ready])).toEqual([
    { type: 'Normal', reason: 'Serving', action: 'Report', note: 'Serving!' },
  ])
  expect(decideTransitions([ready], [ready])).toEqual([])
  expect(decideTransitions([], [waiting])).toEqual([])
})

test('stalling is told once for each reason, as a warning', () => {
  expect(decideTransitions([waiting], [waiting, lost])).toMatchObject([{ type: 'Warning', reason: 'SecretLost' }])
  expect(decideTransitions([lost], [lost])).toEqual([])
  expect(decideTransitions([lost], [condition('Stalled', 'True', 'KeyInUse')])).toHaveLength(1)
})
