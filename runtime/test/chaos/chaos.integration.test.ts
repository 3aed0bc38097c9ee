import { expect, test } from 'vitest'
import { unleashChaos } from './chaos.ts'

test('a site whose processes are killed at random loses no accepted command, runs none twice, and leaves none open', async () => {
  const { audit, problems } = await unleashChaos({ seed: 1, kills: 10, pauses: 1, pauseMs: 8_000, fullDisks: 1 })
  expect(audit).toMatchObject({ lost: 0, doubled: 0, stuck: 0, findings: [] })
  expect(problems).toEqual([])
  expect(audit.accepted).toBeGreaterThan(20)
}, 600_000)
