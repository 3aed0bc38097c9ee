/** Commands as a program sees them that uses the client library: three processes, ORK and the worker as programs. */
import { deviceIdsOf } from '../device-ids.ts'
import { withBenchSite } from './bench-site.ts'
import type { Figure } from './figures.ts'
import { besideReference, type Scenario, turnMs } from './scenario.ts'

const workerId = 'w'
const deviceIds = deviceIdsOf(workerId, 100)
/** Of a command from the client to ORK and of its record at the end, within some bytes. */
const sizes = { requestBytes: 410, replyBytes: 430 }
/** Of one that is only acknowledged. */
const ackSizes = { requestBytes: 330, replyBytes: 70 }

export const throughClient: Scenario = {
  names: ['command.client.c64', 'ack.p99'],
  measure: ({ say }, wanted) =>
    withBenchSite(async (site) => {
      const worker = await site.startWorker(workerId, deviceIds.length)
      await site.writeRoster([worker.entry])
      const ork = await site.programs.startOrk()
      await ork.ready
      const caller = await site.startCaller()
      await caller.do('waitForWorkers', { count: 1 })
      const raw = await site.startRawPair()
      await raw.server.do('replyWith', sizes)
      say('command.client.c64')
      const loop = { concurrency: 64, forMs: turnMs }
      const rates = await besideReference(
        async () => (await raw.client.do('closedLoop', { ...loop, ...sizes })).perSecond,
        async () => (await caller.do('commands', { ...loop, deviceIds })).perSecond,
      )
      const figures: Figure[] = [
        { name: 'command.client.c64', ...rates, note: 'each sent and followed to its end by one request' },
      ]
      if (!wanted.has('ack.p99')) return figures
      say('ack.p99')
      const atHalf = { perSecond: rates.value / 2, forMs: turnMs }
      const times = await besideReference(
        async () => (await raw.client.do('openLoop', { ...atHalf, ...ackSizes })).p99Ms,
        async () => (await caller.do('acknowledgements', { ...atHalf, deviceIds })).p99Ms,
      )
      return [...figures, { name: 'ack.p99', ...times, note: `at ${Math.round(atHalf.perSecond)}/s` }]
    }),
}
