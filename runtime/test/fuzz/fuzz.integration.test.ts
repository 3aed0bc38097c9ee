import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findLeaks } from '../../../test/secrets/find-leaks.ts'
import { readMetrics } from '../process/read-metrics.ts'
import { besiege } from './besiege.ts'
import { openProcessTargets, type ProcessTargets } from './process-targets.ts'

let targets: ProcessTargets
beforeAll(async () => {
  targets = await openProcessTargets()
})
afterAll(() => targets.close())

describe.concurrent('malformed frames of a peer that is let in', { timeout: 300_000 }, () => {
  test.each([
    ['ork', 25_000],
    ['worker', 30_000],
  ] as const)('leave the process of %s alive, its memory bounded and its answers right', async (to, count) => {
    await besiege(targets[to], { to, seed: 1, count })
    const { process } = targets[to]
    expect(process.child.exitCode).toBeNull()
    expect(process.log()).not.toMatch(/"level":"(error|fatal)"/)
    const readable = [
      { place: 'the log', text: process.log() },
      { place: 'the metrics', text: await readMetrics(process.statusPort) },
    ]
    expect(readable[0]?.text).toContain('"publicKey"')
    expect(findLeaks(targets.secrets, readable)).toEqual([])
  })
})
