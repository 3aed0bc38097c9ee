/** How much goes from ORK to a worker in another process, as ORK's own modules see it. */
import { deviceIdsOf } from '../device-ids.ts'
import { type BenchSite, type WorkerProgram, withBenchSite } from './bench-site.ts'
import type { Child } from './child.ts'
import type { Figure, FigureName } from './figures.ts'
import type { Served } from './load.ts'
import { observeCpuMs } from './observe-process.ts'
import type { OrkKernelJobs } from './ork-kernel.ts'
import { besideReference, type Scenario, turnMs } from './scenario.ts'

const workerId = 'w'
const deviceIds = deviceIdsOf(workerId, 100)

/** Each figure's job, what is weighed for its reference, how many are under way, and what commands survive on both sides. */
const loops = {
  'pull.c64': { job: 'pulls', sizes: 'pull', concurrency: 64, durability: 'fast' },
  'command.c64': { job: 'commands', sizes: 'command', concurrency: 64, durability: 'fast' },
  'command.seq': { job: 'commands', sizes: 'command', concurrency: 1, durability: 'fast' },
  'command.c64.powerloss': { job: 'commands', sizes: 'command', concurrency: 64, durability: 'powerLoss' },
  'command.seq.powerloss': { job: 'commands', sizes: 'command', concurrency: 1, durability: 'powerLoss' },
} as const

export const throughput: Scenario = {
  names: namesOf(loops),
  async measure({ say }, wanted) {
    const figures: Figure[] = []
    for (const durability of ['fast', 'powerLoss'] as const) {
      const names = namesOf(loops).filter((name) => wanted.has(name) && loops[name].durability === durability)
      if (names.length === 0) continue
      await withBenchSite(async (site) => {
        const worker = await site.startWorker(workerId, deviceIds.length, durability)
        const kernel = await site.startKernel([worker.entry], durability)
        for (const name of names) {
          say(name)
          figures.push(await measureLoop(site, { kernel, worker }, name))
        }
      })
    }
    return figures
  },
}

interface Pair {
  readonly kernel: Child<OrkKernelJobs>
  readonly worker: WorkerProgram
}

async function measureLoop(site: BenchSite, { kernel, worker }: Pair, name: keyof typeof loops): Promise<Figure> {
  const { job, sizes: weighed, concurrency } = loops[name]
  const { bootstrap, programs } = site
  const weighing = { seed: programs.ork.seed, bootstrap, worker: worker.entry, deviceId: deviceIds[0] ?? '' }
  const sizes = (await kernel.do('weigh', weighing))[weighed]
  const raw = await site.startRawPair()
  await raw.server.do('replyWith', sizes)
  const loop = { concurrency, forMs: turnMs }
  const work = watchWork([kernel.pid, worker.pid])
  const rawWork = watchWork([raw.client.pid, raw.server.pid])
  const rates = await besideReference(
    () => rawWork.serve(() => raw.client.do('closedLoop', { ...loop, ...sizes })),
    () => work.serve(() => kernel.do(job, { ...loop, deviceIds })),
  )
  await Promise.all([raw.client.end(), raw.server.end()])
  const cpu = `CPU each, there and back: ${work.format()} µs, raw ${rawWork.format()} µs`
  return { name, ...rates, note: `${sizes.requestBytes} B there, ${sizes.replyBytes} B back. ${cpu}` }
}

/** How much CPU processes take for what is served: where others want it too, that says more than a rate. */
function watchWork(pids: readonly number[]) {
  const cpuMs = pids.map(() => 0)
  let count = 0
  return {
    async serve(serving: () => Promise<Served>): Promise<number> {
      const before = await Promise.all(pids.map(observeCpuMs))
      const served = await serving()
      const after = await Promise.all(pids.map(observeCpuMs))
      after.forEach((ms, at) => (cpuMs[at] = (cpuMs[at] ?? 0) + ms - (before[at] ?? 0)))
      count += served.count
      return served.perSecond
    },
    format: () => cpuMs.map((ms) => Math.round((ms * 1_000) / count)).join(' and '),
  }
}

function namesOf<Name extends FigureName>(of: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(of) as Name[]
}
