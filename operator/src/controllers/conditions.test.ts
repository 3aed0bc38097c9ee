import { describe, expect, test } from 'vitest'
import { rackConditions } from '../api/v1alpha1/index.ts'
import { earlierFinding, formatConditions } from './conditions.ts'
import { maxMessageLength } from './messages.ts'

const well = { reason: 'AllRegistered', message: '' }
const rowsOf = (changes: Readonly<Record<string, { reason: string; message: string } | null>>) => ({
  DevicesAssigned: { reason: 'AllAssigned', message: '' },
  DevicesRegistered: well,
  DevicesHealthy: { reason: 'AllHealthy', message: '' },
  Conflict: null,
  ...changes,
})
const format = (findings: ReturnType<typeof rowsOf>, before: { reason: string; message: string } | null = null) =>
  formatConditions(rackConditions, findings, { before, otherwise: well }, 7)

describe('conditions', () => {
  test('carry the generation that they speak of', () => {
    expect(format(rowsOf({})).map(({ observedGeneration }) => observedGeneration)).toEqual([7, 7, 7, 7])
  })

  test('have messages that fit', () => {
    const long = { reason: 'DevicesUnassigned', message: 'x'.repeat(2_000) }
    const [ready] = format(rowsOf({ DevicesAssigned: long }))
    expect(ready?.message).toHaveLength(maxMessageLength)
    expect(ready?.message.endsWith('…')).toBe(true)
  })

  test('have reasons of the table and no others', () => {
    expect(() => format(rowsOf({ DevicesAssigned: { reason: 'Unheard', message: '' } }))).toThrow('Unheard')
  })

  test('that Ready does not depend on keep nothing from it', () => {
    const [ready] = format(rowsOf({ DevicesHealthy: { reason: 'DevicesUnhealthy', message: '' } }))
    expect(ready).toMatchObject({ status: 'True', reason: 'AllRegistered' })
  })

  test('come after what Ready says by itself', () => {
    const unassigned = rowsOf({ DevicesAssigned: { reason: 'DevicesUnassigned', message: '' } })
    const [ready] = format(unassigned, { reason: 'WaitingForSite', message: '' })
    expect(ready).toMatchObject({ status: 'False', reason: 'WaitingForSite' })
  })
})

describe('what a condition said before', () => {
  const object = (reason: string, observedGeneration: number) => ({
    metadata: { generation: 1 },
    status: {
      conditions: [
        {
          type: 'DevicesHealthy',
          status: 'True' as const,
          reason,
          message: 'm',
          lastTransitionTime: '',
          observedGeneration,
        },
      ],
    },
  })

  test('stands for the same generation', () => {
    expect(earlierFinding(rackConditions, object('AllHealthy', 1), 'DevicesHealthy')).toEqual({
      reason: 'AllHealthy',
      message: 'm',
    })
  })

  test.each([
    ['of an earlier generation', object('AllHealthy', 0)],
    ['in words of another release', object('Splendid', 1)],
    ['that is not there', { metadata: { generation: 1 } }],
  ])('does not stand %s', (_, before) => {
    expect(earlierFinding(rackConditions, before, 'DevicesHealthy')).toBeNull()
  })
})
