// Processes of a site are killed and paused and their disk filled up at random while commands are given; the same for the same seed
// as far as processes allow. What devices did is then compared with what callers were told.
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../../test/random/seeded-random.ts'
import type { Actor } from './actor.ts'
import { type CustomerOptions, orderAgainAndAgain, orderOnce } from './customer.ts'
import { type Audit, auditLedger, type Order } from './ledger.ts'
import { openStage, type Stage } from './stage.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly kills: number
  /** How often a process is paused in between, and for how long. */
  readonly pauses: number
  readonly pauseMs: number
  /** How often ORK's disk is filled up in between. */
  readonly fullDisks: number
  /** Told what happens. */
  readonly say?: (what: string) => void
}

export interface ChaosReport {
  readonly audit: Audit
  /** What went wrong besides commands: a process that ended by itself, a device without a way to it in the end, a secret that can be read. */
  readonly problems: readonly string[]
  /** Why no disk was filled up; null if it was. */
  readonly noDisk: string | null
}

const workerCount = 3
const devicesEach = 8
/** After a kill the next one comes when a command has succeeded again, or after this. */
const longestWaitMs = 15_000
/** But sometimes at once: the process is only starting then, or recovering. */
const hasty = 0.3
const hastyMs = 1_500
const fullDiskMs = 3_000
/** Longer than a command may wait for its worker and then be under way. */
const settleMs = 110_000

export async function unleashChaos(options: ChaosOptions): Promise<ChaosReport> {
  const stage = await openStage(workerCount, devicesEach)
  try {
    return await play(stage, options)
  } finally {
    await stage.close()
  }
}

async function play(stage: Stage, options: ChaosOptions): Promise<ChaosReport> {
  const { seed, say } = options
  const orders: Order[] = []
  const [enough, late] = [new AbortController(), new AbortController()]
  let successes = 0
  const customers = stage.deviceIds.map((deviceId, at): CustomerOptions => {
    const random = seededRandom(seed * 100_003 + at)
    const onOrder = (order: Order) => void orders.push(order)
    const onSuccess = () => void (successes += 1)
    const { caller } = stage
    return { deviceId, caller, random, onOrder, onSuccess, enough: enough.signal, late: late.signal }
  })
  const ordering = Promise.all(customers.map(orderAgainAndAgain))
  await disturb(stage, options, () => successes)
  say?.('no more kills; what was accepted has to end')
  enough.abort()
  const giveUp = setTimeout(() => late.abort(), settleMs)
  await ordering
  const problems = await Promise.all(
    customers.map(async (customer) =>
      (await orderOnce(customer)) ? [] : [`${customer.deviceId} takes no commands any more`],
    ),
  )
  clearTimeout(giveUp)
  return {
    audit: auditLedger(orders, stage.farm.ran),
    problems: [...problems.flat(), ...(await stage.problems())],
    noDisk: typeof stage.disk === 'string' ? stage.disk : null,
  }
}

/** Kills as often as it should, and does the rest at even distances in between. */
async function disturb(stage: Stage, options: ChaosOptions, successes: () => number): Promise<void> {
  const { seed, kills, pauses, pauseMs, fullDisks, say } = options
  const random = seededRandom(seed)
  const actors = [stage.ork, stage.ork, ...stage.workers]
  const pick = (among: readonly Actor[]) => among[Math.floor(random() * among.length)] ?? stage.ork
  const beside: Promise<void>[] = []
  for (let kill = 1; kill <= kills; kill += 1) {
    if (isDue(kill, kills, pauses)) {
      const victim = pick(stage.workers.concat(stage.ork).filter(({ paused }) => !paused))
      say?.(`${victim.name} is paused`)
      beside.push(victim.pause(pauseMs))
    }
    if (isDue(kill, kills, fullDisks)) beside.push(fillDisk(stage))
    const before = successes()
    await sleep(random() * hastyMs)
    if (random() >= hasty) await until(() => successes() > before, longestWaitMs)
    const victim = pick(actors.filter(({ paused }) => !paused))
    say?.(`kill ${kill} of ${kills}: ${victim.name}`)
    await victim.kill()
  }
  await Promise.all(beside)
}

/** Whether the n-th of so many kills is one of those beside which something else happens, `times` in all. */
function isDue(kill: number, kills: number, times: number): boolean {
  return Math.floor((kill * times) / kills) > Math.floor(((kill - 1) * times) / kills)
}

async function fillDisk(stage: Stage): Promise<void> {
  const { disk } = stage
  if (typeof disk === 'string' || stage.diskFull) return
  stage.diskFull = true
  await disk.fill()
  await sleep(fullDiskMs)
  await disk.free()
  // What it was too full for may be told a moment later.
  await sleep(fullDiskMs)
  stage.diskFull = false
}

async function until(holds: () => boolean, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!holds() && performance.now() < deadline) await sleep(20)
}
