/**
 * The workers of a site in one process: those of `workers.json`, which come, go and change with it.
 *
 * S1  Changes are made one after the other, in the order in which they came; a worker that is the same is left alone.
 * S2  A worker that needs another driver, model or key is another worker: the old one ends before the new one starts.
 */
import { randomUUID } from 'node:crypto'
import { Registry } from 'prom-client'
import { deviceListRevision, formatDeviceList } from '../contract/device-list.ts'
import { type KeyPair, keyPairOfSeed } from '../contract/key-pair.ts'
import type { SiteWorker } from '../contract/site-workers.ts'
import { loadDriver } from '../drivers/registry.ts'
import { type Log, logField } from '../log.ts'
import type { Clock } from '../machine/clock.ts'
import { systemRandom } from '../machine/random.ts'
import { type Closeable, opening } from '../machine/resource.ts'
import { partPair } from '../net/identity.ts'
import type { MemoryNetwork } from '../net/memory-network.ts'
import type { Durability } from '../storage/journal/journal.ts'
import { startWorkerHost, type WorkerHost } from '../worker/host.ts'
import type { HostedDevice } from '../worker/hosted-device.ts'
import type { KeptMemory } from '../worker/memory/keep-memory.ts'
import { memoryFolder, openMemoryFolder } from '../worker/memory-folder.ts'
import { startMemory } from '../worker/start-memory.ts'
import type { WorkerMetrics } from '../worker/worker-metrics.ts'

export interface SiteWorkersOptions {
  readonly network: MemoryNetwork
  /** ORK's pair, from which those of workers without a seed are derived. */
  readonly site: KeyPair
  /** Where each has its memory of commands, in a folder of its own. */
  readonly stateDir: string
  /** What those survive. */
  readonly durability: Durability
  readonly clock: Clock
  readonly metrics: WorkerMetrics
  readonly log: Log
}

export interface SiteWorkers {
  /** Runs these workers from now on. Resolves when they run; rejects if one can't be started. */
  apply(workers: readonly SiteWorker[]): Promise<void>
  /** Devices of all that run. */
  devices(): readonly HostedDevice[]
  close(): Promise<void>
}

/** The pair of a worker. */
export function workerPair(site: KeyPair, { workerId, seed }: Pick<SiteWorker, 'workerId' | 'seed'>): KeyPair {
  return seed === undefined ? partPair(site, `worker ${workerId}`) : keyPairOfSeed(seed)
}

interface Running extends Closeable {
  readonly host: WorkerHost
  /** What makes it this one (S2). */
  readonly likeness: string
}

export function createSiteWorkers(options: SiteWorkersOptions): SiteWorkers {
  const running = new Map<string, Running>()
  let last: Promise<void> = Promise.resolve()
  const end = async (workerId: string): Promise<void> => {
    const found = running.get(workerId)
    running.delete(workerId)
    await found?.close()
  }
  const endOthers = async (workers: readonly SiteWorker[]): Promise<void> => {
    const wanted = new Map(workers.map((worker) => [worker.workerId, likenessOf(worker)]))
    const others = [...running].filter(([workerId, { likeness }]) => wanted.get(workerId) !== likeness)
    await Promise.all(others.map(([workerId]) => end(workerId)))
  }
  const serve = async (worker: SiteWorker): Promise<void> => {
    const { workerId, devices } = worker
    const found = running.get(workerId) ?? (await startOne(worker, options))
    running.set(workerId, found)
    found.host.setDevices(devices, deviceListRevision(formatDeviceList(devices)))
  }
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const done = last.then(act)
    // S1: what failed is told to its caller, and doesn't keep the next change from being made.
    last = done.catch(() => undefined)
    return done
  }
  return {
    apply: (workers) =>
      inTurn(async () => {
        await endOthers(workers)
        for (const worker of workers) await serve(worker)
      }),
    devices: () => [...running.values()].flatMap(({ host }) => host.devices.list()),
    close: () => inTurn(() => endOthers([])),
  }
}

function likenessOf({ driver, model, seed }: SiteWorker): string {
  return JSON.stringify([driver, model, seed])
}

function startOne(worker: SiteWorker, options: SiteWorkersOptions): Promise<Running> {
  const { network, site, clock, metrics } = options
  const { workerId, driver: name, model } = worker
  const log = options.log.child({ [logField.workerId]: workerId })
  return opening(async (resources) => {
    const driver = await loadDriver(name)
    if (driver === null) throw new Error(`there is no driver ${name}`)
    const node = resources.add(network.join(workerPair(site, worker)))
    const memory = resources.add(await openMemory(workerId, { ...options, log }))
    const host = resources.add(
      await startWorkerHost({
        node,
        workerId,
        driver,
        model,
        admits: (publicKey) => publicKey === site.publicKey,
        clock,
        random: systemRandom,
        newId: randomUUID,
        memory,
        metrics,
        log,
      }),
    )
    return { host, likeness: likenessOf(worker), close: () => resources.close() }
  })
}

/** Its metrics are those of one worker: of several in a process the log tells, and ORK by their pongs. */
function openMemory(workerId: string, { stateDir, durability, clock, log }: SiteWorkersOptions): Promise<KeptMemory> {
  const directory = memoryFolder(stateDir, workerId)
  const open = () => openMemoryFolder(directory, { durability, log })
  return startMemory(open, { clock, registry: new Registry(), log })
}
