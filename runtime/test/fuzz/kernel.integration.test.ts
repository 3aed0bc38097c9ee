import { afterEach, beforeEach, expect, test } from 'vitest'
import { readGolden } from '../protocol/golden.ts'
import { fuzz, wrongReply } from './fuzz.ts'
import { goldenRequests } from './golden-requests.ts'
import { openKernelTarget } from './kernel-target.ts'
import { largeFrames } from './mutate-frame.ts'

let target: Awaited<ReturnType<typeof openKernelTarget>>
beforeEach(async () => {
  target = await openKernelTarget()
})
afterEach(() => target.close())

const golden = goldenRequests('ork')

test('ORK answers 45,000 malformed frames, none with what was thrown, and good ones between them', async () => {
  await fuzz(target, { golden, seed: 1, count: 45_000, atOnce: 64 })
}, 60_000)

test.each(['telemetry.pull', 'command.request', 'command.status'])(
  'ORK answers a large %s',
  async (action) => {
    for (const [name, frame] of Object.entries(largeFrames(readGolden('ork', action).request))) {
      expect([name, wrongReply(await target.send(frame()))]).toEqual([name, null])
    }
    await target.isWell()
  },
  60_000,
)
