/** Large sites: how soon all workers are ready, what that costs, and how long a look at all of them takes. */
import { randomUUID } from 'node:crypto'
import type { RosterWorker } from '../../../runtime/src/contract/roster.ts'
import { envelopesOf } from '../../../runtime/src/protocol/envelope.ts'
import { encode } from '../../../runtime/src/protocol/frames.ts'
import type { StatusWatch } from '../../../runtime/test/discovery/status-watch.ts'
import { type BenchSite, withBenchSite } from './bench-site.ts'
import type { Figure } from './figures.ts'
import { observeRss } from './observe-process.ts'
import { besideReference, type Scenario } from './scenario.ts'

const devicesEach = 100
const megabyte = 1_000_000
const readyLimitMs = 120_000

/** The site whose ORK is started, listed and weighed. */
const large = 1_000

export const scale: Scenario = {
  names: ['site-pull.50x100', 'scale.ready.1000', 'scale.rss.1000', 'scale.list.1000', 'site-pull.1000x100'],
  async measure({ say }, wanted) {
    const figures: Figure[] = []
    if (wanted.has('site-pull.50x100')) {
      say('site-pull.50x100')
      figures.push(await withWorkers(50, (site, workers) => measureSitePull(site, workers, 'site-pull.50x100')))
    }
    if (![...wanted].some((name) => name.includes('1000'))) return figures
    say(`${large} workers are started`)
    const ofLarge = await withWorkers(large, async (site, workers) => {
      say('scale.ready.1000')
      const started = await measureStart(site, workers)
      if (!wanted.has('site-pull.1000x100')) return started
      say('site-pull.1000x100')
      return [...started, await measureSitePull(site, workers, 'site-pull.1000x100')]
    })
    return [...figures, ...ofLarge]
  },
}

function withWorkers<Result>(
  count: number,
  use: (site: BenchSite, workers: readonly RosterWorker[]) => Promise<Result>,
): Promise<Result> {
  return withBenchSite(async (site) => use(site, await site.startManyWorkers(count, devicesEach, 4)))
}

const envelopes = envelopesOf('ork:kernel:default', { newId: randomUUID, now: () => Date.now() })

const identityFrame = encode(envelopes.toWorker('identity.request', {})).toString()
const pullFrame = encode(envelopes.toWorker('telemetry.pull', { query: { type: 'metrics' } })).toString()

/** The plain library with ORK's key, once for each worker: to be ended before an ORK comes. */
async function dialRaw(site: BenchSite, workers: readonly RosterWorker[]) {
  const peer = site.startRawPeer()
  const tookMs = await peer.do('dialWorkers', {
    bootstrap: site.bootstrap,
    seed: site.programs.ork.seed,
    keys: workers.map(({ publicKey }) => publicKey),
    frame: identityFrame,
  })
  return { peer, tookMs }
}

async function measureStart(site: BenchSite, workers: readonly RosterWorker[]): Promise<Figure[]> {
  const raw = await dialRaw(site, workers)
  await raw.peer.do('askWorkers', { frame: pullFrame })
  const rawRss = await observeRss(raw.peer.pid)
  await raw.peer.end()
  await site.writeRoster(workers)
  const startedAt = performance.now()
  const ork = await site.programs.startOrk()
  const readyAt = await allReady(site.programs.watch(ork), workers.length)
  const caller = await site.startCaller()
  await caller.do('waitForWorkers', { count: workers.length })
  await caller.do('pullStates', { deviceIds: workers.map(({ workerId }) => `${workerId}.d0`) })
  const rss = await observeRss(ork.child.pid ?? 0)
  const lists = await caller.do('listPages', { workers: workers.length, concurrency: 1, forMs: 10_000 })
  await caller.end()
  await ork.end('SIGKILL')
  return [
    {
      name: 'scale.ready.1000',
      value: readyAt - startedAt,
      reference: raw.tookMs,
      note: 'from the start of its process',
    },
    { name: 'scale.rss.1000', value: rss / megabyte, reference: rawRss / megabyte, note: '' },
    {
      name: 'scale.list.1000',
      value: lists.p99Ms,
      reference: null,
      note: `of ${lists.count}; p50 ${lists.p50Ms.toFixed(1)} ms`,
    },
  ]
}

/** When ORK's status stream said so. */
async function allReady(status: StatusWatch, count: number): Promise<number> {
  const readyOf = ({ workers }: StatusWatch): number =>
    [...workers.values()].filter(({ state }) => state === 'READY').length
  try {
    return await status.until('all workers are READY', (seen) => readyOf(seen) === count, readyLimitMs)
  } catch {
    throw new Error(`after ${readyLimitMs} ms ${readyOf(status)} of ${count} workers were READY`)
  } finally {
    status.close()
  }
}

async function measureSitePull(
  site: BenchSite,
  workers: readonly RosterWorker[],
  name: 'site-pull.50x100' | 'site-pull.1000x100',
): Promise<Figure> {
  const { peer } = await dialRaw(site, workers)
  const kernel = await site.startKernel(workers)
  const times = await besideReference(
    () => peer.do('askWorkers', { frame: pullFrame }),
    () => kernel.do('pullSite', undefined),
  )
  await peer.end()
  await kernel.end()
  return { name, ...times, note: 'three numbers of each device, one request a worker, 24 at once' }
}
