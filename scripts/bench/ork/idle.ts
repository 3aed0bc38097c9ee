/** What ORK writes when nothing happens. */
import { setTimeout as sleep } from 'node:timers/promises'
import { withBenchSite } from './bench-site.ts'
import { observeWritten } from './observe-process.ts'
import type { Scenario } from './scenario.ts'

const workerCount = 50
/** Time for what a start leads to. */
const settleMs = 15_000

export const idle: Scenario = {
  names: ['idle.bytes'],
  measure: ({ say, idleMs }) =>
    withBenchSite(async (site) => {
      const workers = await site.startManyWorkers(workerCount, 100, 2)
      await site.writeRoster(workers)
      const ork = await site.programs.startOrk()
      const status = site.programs.watch(ork)
      await status.until('all are READY', (seen) => workers.every(({ workerId }) => seen.isReady(workerId)), 60_000)
      await sleep(settleMs)
      say(`ORK is left alone for ${idleMs / 1_000} s`)
      const pid = ork.child.pid ?? 0
      const before = await observeWritten(pid)
      await sleep(idleMs)
      const value = (await observeWritten(pid)) - before
      status.close()
      return [{ name: 'idle.bytes', value, reference: null, note: `in ${idleMs / 1_000} s` }]
    }),
}
