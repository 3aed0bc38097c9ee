/**
 * How long until a worker is READY and HEALTHY in ORK's own status, in each of the four ways that it comes to be missed. Time runs
 * from the moment at which both processes are ready (their probe says so) to the line of ORK's status stream that says it.
 */
import { ProcessSite, type SiteProcess, type SiteWorker } from '../../runtime/test/discovery/process-site.ts'
import type { StatusWatch } from '../../runtime/test/discovery/status-watch.ts'
import { startTestDht } from '../../runtime/test/net/test-dht.ts'
import { deviceIdsOf } from './device-ids.ts'
import { measureRawRpc } from './raw-rpc.ts'
import { type Report, reportOf } from './report.ts'

export interface DiscoveryOptions {
  /** Samples for each line, at least. */
  readonly count: number
  readonly say: (what: string) => void
}

/** Workers of the site. */
const siteSize = 10
const devicesEach = 10
const bothUpGoalMs = 500
const killedGoalMs = 1_000

export async function benchDiscovery({ count, say }: DiscoveryOptions): Promise<Report> {
  const dht = await startTestDht()
  const site = await ProcessSite.open(dht.bootstrap)
  try {
    say(`reference: connect and first request with the plain library, ${count} times`)
    const raw = await measureRawRpc(dht.bootstrap, count)
    say('ORK first: ORK runs, workers come one by one')
    const orkFirst = await measureOrkFirst(site, count)
    const workers = await startSite(site)
    say(`worker first: ${siteSize} workers run, an ORK without a store comes`)
    const workerFirst = await measureOrkStarts(site, count, { forgetful: true })
    say('ORK killed: SIGKILL and start again')
    const orkKilled = await measureOrkStarts(site, count, { forgetful: false })
    say('worker killed: SIGKILL and start again with the same key')
    const workerKilled = await measureWorkerKills(site, workers, count)
    return reportOf(
      `discovery: from both up to READY, ${siteSize} workers, 3 DHT nodes, loopback`,
      { what: 'reference: plain library, connect and first request', samplesMs: raw, goalMs: null },
      [
        { what: 'worker first', samplesMs: workerFirst, goalMs: bothUpGoalMs },
        { what: 'ORK first', samplesMs: orkFirst, goalMs: bothUpGoalMs },
        { what: 'ORK killed, and back', samplesMs: orkKilled, goalMs: bothUpGoalMs },
        { what: 'worker killed, and back with its key', samplesMs: workerKilled, goalMs: killedGoalMs },
      ],
    )
  } finally {
    await site.close()
    await dht.close()
  }
}

interface RunningWorker {
  readonly worker: SiteWorker
  process: SiteProcess
}

async function startSite(site: ProcessSite): Promise<RunningWorker[]> {
  const running: RunningWorker[] = []
  for (let number = 0; number < siteSize; number += 1) {
    const worker = await site.addWorker(`w${number}`, deviceIdsOf(`w${number}`, devicesEach))
    const process = await worker.start()
    await process.ready
    running.push({ worker, process })
  }
  await site.writeRoster(running.map(({ worker }) => worker.entry))
  return running
}

/** Batches of workers that ORK has waited for and that were never there before. */
async function measureOrkFirst(site: ProcessSite, count: number): Promise<number[]> {
  const ork = await site.startOrk()
  await ork.ready
  const status = site.watch(ork)
  const samples: number[] = []
  while (samples.length < count) {
    const batch: SiteWorker[] = []
    for (let number = 0; number < siteSize; number += 1) {
      const workerId = `first-${samples.length + number}`
      batch.push(await site.addWorker(workerId, deviceIdsOf(workerId, devicesEach)))
    }
    await site.writeRoster(batch.map(({ entry }) => entry))
    await status.until('the batch is missed', (seen) => batch.every(({ workerId }) => seen.workers.has(workerId)))
    const processes: SiteProcess[] = []
    for (const worker of batch) {
      const process = await worker.start()
      processes.push(process)
      const readyAt = until(status, `${worker.workerId} is READY`, (seen) => seen.isReady(worker.workerId))
      samples.push(elapsed(await process.ready, await readyAt))
    }
    await Promise.all(processes.map((process) => process.end('SIGKILL')))
  }
  status.close()
  await ork.end('SIGKILL')
  return samples
}

/** ORK comes to a site that runs; every worker is a sample. */
async function measureOrkStarts(
  site: ProcessSite,
  count: number,
  { forgetful }: { readonly forgetful: boolean },
): Promise<number[]> {
  const samples: number[] = []
  while (samples.length < count) {
    if (forgetful) await site.forgetOrk()
    const ork = await site.startOrk()
    const status = site.watch(ork)
    const ids = Array.from({ length: siteSize }, (_, number) => `w${number}`)
    const readyAts = ids.map((workerId) => until(status, `${workerId} is READY`, (seen) => seen.isReady(workerId)))
    const servesAt = await ork.ready
    for (const readyAt of readyAts) samples.push(elapsed(servesAt, await readyAt))
    status.close()
    await ork.end('SIGKILL')
  }
  return samples
}

/** One worker after the other; it comes back with one device more or less, by which its registration is told from the old one. */
async function measureWorkerKills(site: ProcessSite, workers: RunningWorker[], count: number): Promise<number[]> {
  const ork = await site.startOrk()
  const status = site.watch(ork)
  await until(status, 'all are READY', (seen) => workers.every(({ worker }) => seen.isReady(worker.workerId)))
  const samples: number[] = []
  for (let round = 1; samples.length < count; round += 1) {
    for (const running of workers) {
      const { worker } = running
      const devices = deviceIdsOf(worker.workerId, devicesEach + (round % 2))
      await running.process.end('SIGKILL')
      await worker.writeDevices(devices)
      running.process = await worker.start()
      const isBack = (seen: StatusWatch): boolean =>
        seen.isReady(worker.workerId) && seen.workers.get(worker.workerId)?.devices.length === devices.length
      const backAt = until(status, `${worker.workerId} is READY again`, isBack)
      samples.push(elapsed(await running.process.ready, await backAt))
    }
  }
  status.close()
  await ork.end('SIGKILL')
  return samples
}

function until(status: StatusWatch, what: string, holds: (seen: StatusWatch) => boolean): Promise<number> {
  return status.until(what, holds, 60_000)
}

/** A probe is asked every few milliseconds, so a worker can be READY before it is known to listen. */
function elapsed(from: number, to: number): number {
  return Math.max(0, to - from)
}
