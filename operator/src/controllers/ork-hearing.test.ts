import { expect, test } from 'vitest'
import { site } from '../../test/controllers/samples.ts'
import { manualClock } from '../engine/manual-clock.ts'
import { createOrkHearing, hearOf } from './ork-hearing.ts'
import type { OrkView } from './ork-knowledge.ts'

const view: OrkView = { publicKey: 'k', files: {}, workers: new Map(), diagnosis: null }

test('an ORK that was never heard is awaited for 15 s, and silent then', async () => {
  const clock = manualClock()
  const hearing = createOrkHearing({ view: () => null, problem: () => null }, clock)
  expect(hearing.know('n/s')).toEqual({ knowledge: { kind: 'awaited' }, againMs: 15_000 })
  await clock.advance(14_000)
  expect(hearing.know('n/s')).toEqual({ knowledge: { kind: 'awaited' }, againMs: 1_000 })
  await clock.advance(1_000)
  expect(hearing.know('n/s')).toEqual({ knowledge: { kind: 'silent', problem: null }, againMs: null })
})

test('an ORK that was heard and is not any more is silent at once: the link has waited already', () => {
  let said: OrkView | null = view
  const hearing = createOrkHearing({ view: () => said, problem: () => null }, manualClock())
  expect(hearing.know('n/s').knowledge.kind).toBe('heard')
  said = null
  expect(hearing.know('n/s').knowledge.kind).toBe('silent')
})

test('a site that is made anew is awaited anew', async () => {
  const clock = manualClock()
  const hearing = createOrkHearing({ view: () => null, problem: () => null }, clock)
  hearing.know('n/s')
  await clock.advance(60_000)
  hearing.forget('n/s')
  expect(hearing.know('n/s').knowledge.kind).toBe('awaited')
})

test('of a site that is not there, or on its way out, there is no ORK to wait for', () => {
  const hearing = createOrkHearing({ view: () => view, problem: () => null }, manualClock())
  const leaving = { ...site(), metadata: { ...site().metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  for (const one of [null, leaving]) {
    expect(hearOf(hearing, 'n/s', one)).toEqual({ knowledge: { kind: 'absent' }, againMs: null })
  }
  expect(hearOf(hearing, 'n/s', site())).toMatchObject({ knowledge: { kind: 'heard' } })
})
