/** What the scenarios stand on: a private DHT, processes of a site in it, and the plain library beside them. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { RosterWorker } from '../../../runtime/src/contract/roster.ts'
import { opening } from '../../../runtime/src/machine/resource.ts'
import type { Durability } from '../../../runtime/src/storage/journal/journal.ts'
import { ProcessSite } from '../../../runtime/test/discovery/process-site.ts'
import { temporaryFolder } from '../../../runtime/test/process/projected-folder.ts'
import { deviceIdsOf } from '../device-ids.ts'
import { type Child, type Jobs, startChild } from './child.ts'
import type { DhtNodesJobs } from './dht-nodes.ts'
import type { ManyWorkersJobs } from './many-workers.ts'
import type { OrkCallerJobs } from './ork-caller.ts'
import type { OrkKernelJobs } from './ork-kernel.ts'
import type { RawPeerJobs } from './raw-peer.ts'

const root = join(import.meta.dirname, '../../..')

/** The plain library: an echo server in one process, its client in another. */
export interface RawPair {
  readonly server: Child<RawPeerJobs>
  readonly client: Child<RawPeerJobs>
}

export interface WorkerProgram {
  readonly entry: RosterWorker
  readonly pid: number
}

/** A site on this machine. Whatever is started in it ends with it. */
export interface BenchSite {
  readonly bootstrap: readonly string[]
  /** ORK and workers as programs. */
  readonly programs: ProcessSite
  startRawPair(): Promise<RawPair>
  startRawPeer(): Child<RawPeerJobs>
  /** A worker program with devices `<workerId>.d0` … of the simulated driver. */
  startWorker(workerId: string, deviceCount: number, durability?: Durability): Promise<WorkerProgram>
  /** Workers `m0` … with devices `m0.d0` …, in as many processes. */
  startManyWorkers(count: number, devicesEach: number, processes: number): Promise<readonly RosterWorker[]>
  /** ORK without a program around it, with an empty store; resolves when all workers are READY and HEALTHY. */
  startKernel(workers: readonly RosterWorker[], durability?: Durability): Promise<Child<OrkKernelJobs>>
  /** A program that calls the site's ORK. */
  startCaller(): Promise<Child<OrkCallerJobs>>
  /** The roster that says who belongs to the site, the caller included. */
  writeRoster(workers: readonly RosterWorker[]): Promise<void>
}

let bundling: Promise<string> | undefined

/** The program as it is in the image: from source a process also holds what takes the types away. */
function bundled(): Promise<string> {
  bundling ??= (async () => {
    await promisify(execFile)(process.execPath, [join(root, 'scripts/bundle.ts')], { cwd: root })
    return join(root, 'dist/runtime/main.js')
  })()
  return bundling
}

export function withBenchSite<Result>(use: (site: BenchSite) => Promise<Result>): Promise<Result> {
  return opening(async (resources) => {
    const start = <Own extends Jobs>(file: string): Child<Own> => {
      const child = startChild<Own>(file)
      resources.onClose(() => child.end())
      return child
    }
    const bootstrap = await start<DhtNodesJobs>('dht-nodes.ts').do('start', undefined)
    const programs = resources.add(await ProcessSite.open(bootstrap, { main: await bundled() }))
    const { ork, appNode } = programs
    const callers = [{ name: 'bench', publicKey: appNode.publicKey }]
    const site: BenchSite = {
      bootstrap,
      programs,
      async startRawPair() {
        const [server, client] = [start<RawPeerJobs>('raw-peer.ts'), start<RawPeerJobs>('raw-peer.ts')]
        await client.do('connect', { bootstrap, key: await server.do('serve', { bootstrap }) })
        return { server, client }
      },
      startRawPeer: () => start<RawPeerJobs>('raw-peer.ts'),
      async startWorker(workerId, deviceCount, durability = 'fast') {
        const settings = { WORKER: 'simulated', MDK_DURABILITY: durability }
        const worker = await programs.addWorker(workerId, deviceIdsOf(workerId, deviceCount), settings)
        const { child, ready } = await worker.start()
        await ready
        return { entry: worker.entry, pid: child.pid ?? 0 }
      },
      async startManyWorkers(count, devicesEach, processes) {
        const ids = Array.from({ length: count }, (_, number) => `m${number}`)
        const started = Array.from({ length: processes }, (_, at) =>
          start<ManyWorkersJobs>('many-workers.ts').do('start', {
            bootstrap,
            orkKey: ork.publicKey,
            workerIds: ids.filter((_id, number) => number % processes === at),
            devicesEach,
          }),
        )
        return (await Promise.all(started)).flat()
      },
      async startKernel(workers, durability = 'fast') {
        const folder = await temporaryFolder()
        resources.onClose(() => folder.remove())
        const kernel = start<OrkKernelJobs>('ork-kernel.ts')
        await kernel.do('start', { seed: ork.seed, bootstrap, stateDir: folder.path, durability, workers, callers })
        return kernel
      },
      async startCaller() {
        const caller = start<OrkCallerJobs>('ork-caller.ts')
        await caller.do('connect', { key: ork.publicKey, bootstrap, seed: appNode.seed })
        return caller
      },
      writeRoster: (workers) => programs.writeRoster(workers, callers),
    }
    try {
      return await use(site)
    } finally {
      await resources.close()
    }
  })
}
