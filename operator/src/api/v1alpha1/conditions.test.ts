import { describe, expect, test } from 'vitest'
import type { ConditionFacts } from './condition-facts.ts'
import { rackConditions, siteConditions, workerConditions } from './conditions.ts'

const kinds = [
  ['MdkSite', siteConditions],
  ['MdkWorker', workerConditions],
  ['MdkRack', rackConditions],
] as const

describe.each(kinds)('conditions of %s', (_, conditions) => {
  const table: Readonly<Record<string, ConditionFacts>> = conditions
  const reasons = Object.values(table).flatMap((facts) => Object.entries(facts.reasons))

  test('types and reasons are what the schema of a condition takes', () => {
    for (const name of [...Object.keys(table), ...reasons.map(([reason]) => reason)]) {
      expect(name).toMatch(/^[A-Za-z][A-Za-z0-9_]{0,63}$/)
    }
  })

  test('no more conditions are listed than a status holds', () => {
    expect(Object.keys(table).length).toBeLessThanOrEqual(16)
  })

  test('every condition that is always listed can be True and begins as Unknown/Starting', () => {
    for (const facts of Object.values(table).filter(({ onlyWhileTrue }) => !onlyWhileTrue)) {
      expect(facts.reasons['Starting']?.status).toBe('Unknown')
      expect(Object.values(facts.reasons).some(({ status }) => status === 'True')).toBe(true)
    }
  })

  test('what is stalled or waiting is never well', () => {
    for (const facts of Object.values(table).filter(({ onlyWhileTrue }) => !onlyWhileTrue)) {
      for (const { status, standing } of Object.values(facts.reasons))
        expect(status === 'True').toBe(standing === 'well')
    }
  })

  test('every meaning is a sentence', () => {
    const meanings = [...Object.values(table), ...reasons.map(([, facts]) => facts)].map(({ meaning }) => meaning)
    for (const meaning of meanings) expect(meaning).toMatch(/^[A-Z].+\.$/)
  })
})
