/**
 * A site in one process: ORK, its workers and App Node on a network in memory. The same parts as those of a site in many
 * processes, and the same registry on disk; nothing listens but the HTTP API and the status port.
 */
import { randomUUID } from 'node:crypto'
import { startEdge } from '../app-node/edge.ts'
import type { SiteConfig } from '../config.ts'
import type { Roster } from '../contract/roster.ts'
import { logField } from '../log.ts'
import { systemRandom } from '../machine/random.ts'
import { partPair } from '../net/identity.ts'
import { type MemoryNetwork, memoryNetwork } from '../net/memory-network.ts'
import type { Kernel } from '../ork/kernel.ts'
import { type KernelStorage, startStoredKernel } from '../ork/open-kernel.ts'
import { giveUpFor, openProgramStorage } from '../ork/program-storage.ts'
import { type Program, type ProgramPorts, type RunningProgram, startProgram } from '../process/program.ts'
import { ready } from '../process/readiness.ts'
import type { SiteFiles } from '../process/site-files.ts'
import { createStatusFeed, type StatusFeed } from '../process/status-feed.ts'
import { createWorkerMetrics } from '../worker/worker-metrics.ts'
import { countByStatus } from '../worker/worker-status.ts'
import { createSiteWorkers, type SiteWorkers, workerPair } from './workers.ts'

export interface RunningSite extends RunningProgram {
  /** TCP port of the HTTP API. */
  readonly port: number
}

/** Starts the site. Ready when all of it runs; its status is ORK's. Rejects if its key can't be used or a port can't be had. */
export async function startSite(config: SiteConfig, ports: ProgramPorts): Promise<RunningSite> {
  let port = config.port
  const running = await startProgram(config, ports, async (program) => {
    port = await openParts(program, config, ports.stop)
  })
  return { ...running, port }
}

async function openParts(program: Program, config: SiteConfig, signal: AbortSignal | undefined): Promise<number> {
  const { files, log, clock, registry } = program
  const site = files.key()
  const feed = createStatusFeed({ epoch: program.epoch, publicKey: site.publicKey })
  program.setStatus(feed)
  const storage = await openProgramStorage(program, config, signal)
  const network = memoryNetwork(clock, log)
  const metrics = createWorkerMetrics(registry, () => countByStatus(workers.devices()))
  // Before ORK, so that ORK is closed while its workers can still answer.
  const workers: SiteWorkers = program.own(createSiteWorkers({ ...config, network, site, clock, metrics, log }))
  await workers.apply(files.workers.current() ?? [])
  const appNode = partPair(site, 'app-node')
  const kernel = await openKernel(program, { network, storage, feed, caller: appNode.publicKey })
  follow(program, { kernel, workers, feed })
  const edge = program.own(
    await startEdge({
      node: program.own(network.join(appNode)),
      port: config.port,
      orkPublicKey: () => site.publicKey,
      tokens: () => files.appNodeTokens.current(),
      fileProblems: () => files.problems(),
      diagnosis: () => null,
      clock,
      random: systemRandom,
      newId: randomUUID,
      registry,
      log,
    }),
  )
  program.setReadiness(() => ready)
  log.info({ port: edge.port }, 'site serves')
  return edge.port
}

interface KernelParts {
  readonly network: MemoryNetwork
  readonly storage: KernelStorage
  readonly feed: StatusFeed
  /** Key of the only one that may call ORK. */
  readonly caller: string
}

async function openKernel(program: Program, { network, storage, feed, caller }: KernelParts): Promise<Kernel> {
  const { own, files, clock, registry, log } = program
  const node = own(network.join(files.key()))
  return own(
    await startStoredKernel({
      node,
      storage,
      clock,
      log,
      registry,
      roster: () => rosterOf(files),
      settings: () => files.settings.current() ?? {},
      isCaller: (publicKey) => publicKey === caller,
      topic: () => null,
      onWorker: (worker) => feed.setWorker(worker),
      onWorkerGone: (workerId) => feed.removeWorker(workerId),
      onStrangers: (publicKeys) => feed.setStrangers(publicKeys),
      onBroken: (job) => giveUpFor(program, job),
    }),
  )
}

/** Who belongs to the site: the workers of the file. Null until there is a file. */
function rosterOf({ workers, key }: Pick<SiteFiles, 'workers' | 'key'>): Roster | null {
  const found = workers.current()
  if (found === null) return null
  const entries = found.map((worker) => {
    const { publicKey } = workerPair(key(), worker)
    return { workerId: worker.workerId, publicKey, host: 'memory', port: 1 }
  })
  return { version: 1, workers: entries, callers: [] }
}

interface Followers {
  readonly kernel: Kernel
  readonly workers: SiteWorkers
  readonly feed: StatusFeed
}

/** Runs the workers of the file from now on, whenever it changes. */
function follow(program: Program, { kernel, workers, feed }: Followers): void {
  const { files, log } = program
  const followWorkers = async (): Promise<void> => {
    await workers.apply(files.workers.current() ?? [])
    await kernel.onRosterChange()
  }
  const onChange = (): void => {
    followWorkers().catch((error: unknown) => log.error({ [logField.error]: error }, 'a worker cannot be started'))
  }
  const followFiles = (): void => feed.setFiles(files.hashes())
  program.onClose(files.workers.subscribe(onChange))
  program.onClose(files.subscribe(followFiles))
  // Whatever changed while the kernel started.
  onChange()
  followFiles()
}
