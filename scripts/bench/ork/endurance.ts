/** What a million commands leave behind. */
import { deviceIdsOf } from '../device-ids.ts'
import { withBenchSite } from './bench-site.ts'
import { observeDisk, observeRss } from './observe-process.ts'
import type { Scenario } from './scenario.ts'

const workerId = 'w'
const deviceIds = deviceIdsOf(workerId, 100)
const megabyte = 1_000_000
/** How often memory and disk are looked at meanwhile. */
const looks = 10

export const endurance: Scenario = {
  names: ['memory.1m', 'disk.1m'],
  measure: ({ say, commands }) =>
    withBenchSite(async (site) => {
      say(`${commands} raw echoes`)
      const raw = await site.startRawPair()
      await raw.client.do('count', { count: commands, requestBytes: 330, replyBytes: 0 })
      const rawRss = await observeRss(raw.server.pid)
      await Promise.all([raw.client.end(), raw.server.end()])
      const worker = await site.startWorker(workerId, deviceIds.length)
      await site.writeRoster([worker.entry])
      const ork = await site.programs.startOrk()
      await ork.ready
      const caller = await site.startCaller()
      await caller.do('waitForWorkers', { count: 1 })
      const seen: { readonly rss: number; readonly disk: number }[] = []
      for (let look = 1; look <= looks; look += 1) {
        const { perSecond } = await caller.do('commandCount', { count: commands / looks, deviceIds })
        const rss = await observeRss(ork.child.pid ?? 0)
        const disk = await observeDisk(ork.env['MDK_STATE_DIR'] ?? '')
        seen.push({ rss, disk })
        const shown = `${formatMegabytes(rss)} MB of memory, ${formatMegabytes(disk)} MB of disk`
        say(`${(commands / looks) * look} commands, ${Math.round(perSecond)}/s: ${shown}`)
      }
      const [half, last] = [seen[looks / 2 - 1], seen.at(-1)]
      if (half === undefined || last === undefined) throw new Error('nothing was seen')
      const note = (atHalf: number): string => `${commands} commands; ${formatMegabytes(atHalf)} MB after half of them`
      return [
        { name: 'memory.1m', value: last.rss / megabyte, reference: rawRss / megabyte, note: note(half.rss) },
        { name: 'disk.1m', value: last.disk / megabyte, reference: null, note: note(half.disk) },
      ]
    }),
}

function formatMegabytes(bytes: number): string {
  return (bytes / megabyte).toFixed(1)
}
