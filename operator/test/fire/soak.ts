// Sites live their lives while everything at once goes wrong at random, the same for the same seed as far as processes allow.
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '../../../test/random/seeded-random.ts'
import type { Random } from '../../src/engine/random.ts'
import type { Ends } from './ends.ts'
import type { Fate, Faults, Verdict } from './fault-proxy.ts'
import type { Field } from './field.ts'
import { type Chapter, siteName } from './hello-life.ts'
import type { OperatorProcess } from './operator-process.ts'
import { killAtWrite } from './rules.ts'

export interface SoakOptions {
  readonly seed: number
  /** One life each. */
  readonly rounds: number
  readonly atOnce: number
  /** What happens to each site. */
  readonly life: readonly Chapter[]
  /** Told after each round. */
  readonly say?: (what: string) => void
}

export interface SoakCounts {
  requests: number
  faults: number
  kills: number
  pauses: number
}

/** Rejects at the first round that doesn't end as an undisturbed one. */
export async function soak(field: Field, ends: Ends, options: SoakOptions): Promise<SoakCounts> {
  const { seed, rounds, atOnce, life, say } = options
  const counts: SoakCounts = { requests: 0, faults: 0, kills: 0, pauses: 0 }
  let next = 0
  const work = async () => {
    while (next < rounds) {
      next += 1
      const round = next
      await liveRound(field, ends, life, { random: seededRandom(seed * 100_003 + round), counts })
      say?.(`round ${round} of ${rounds}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return counts
}

interface Round {
  readonly random: Random
  readonly counts: SoakCounts
}

/** How many times an operator dies in a chapter at most, and after how many writes, or how long. */
const mostKills = 2
const mostWrites = 30
const longestLifeMs = 2_000
const longestPauseMs = 2_000

async function liveRound(field: Field, ends: Ends, life: readonly Chapter[], round: Round): Promise<void> {
  const { random, counts } = round
  const space = await field.ground(siteName)
  const start = () => field.startOperator({ namespaces: [space.name] })
  let operator = await start()
  for (const [at, chapter] of life.entries()) {
    await chapter.act(space)
    for (let left = Math.floor(random() * (mostKills + 1)); left > 0; left--) {
      const n = 1 + Math.floor(random() * mostWrites)
      operator.proxy.faults = joined(mishaps(round), killAtWrite(n, random() < 0.5 ? 'before' : 'after', operator.kill))
      await Promise.race([operator.ended, delay(longestLifeMs)])
      // It came to its last write, or it dies wherever it is: how far it comes is a matter of the machine.
      operator.kill()
      counts.kills += 1
      await retire(field, operator, counts)
      operator = await start()
    }
    operator.proxy.faults = mishaps(round)
    if (random() < 0.5) await pause(operator, round)
    await ends.reached(space, ...life.slice(0, at + 1))
  }
  await retire(field, operator, counts)
}

async function retire(field: Field, operator: OperatorProcess, counts: SoakCounts): Promise<void> {
  await operator.stop()
  counts.requests += operator.proxy.asked.length
  await field.end(operator)
}

async function pause(operator: OperatorProcess, { random, counts }: Round): Promise<void> {
  counts.pauses += 1
  operator.pause()
  await delay(random() * longestPauseMs)
  operator.resume()
}

/** The first decides, unless it lets pass. */
function joined(one: Faults, other: Faults): Faults {
  return {
    ...one,
    onRequest: (asked) => {
      const verdict = other.onRequest?.(asked) ?? { kind: 'pass' }
      return verdict.kind === 'pass' ? (one.onRequest?.(asked) ?? verdict) : verdict
    },
  }
}

type Odds<Kind> = readonly (readonly [share: number, Kind])[]

const ofRequests: Odds<Verdict> = [
  [0.03, { kind: 'refuse', status: 429, retryAfterSeconds: 1 }],
  [0.02, { kind: 'refuse', status: 500 }],
  [0.02, { kind: 'refuse', status: 503 }],
  [0.03, { kind: 'cut', edge: 'before' }],
  [0.03, { kind: 'cut', edge: 'after' }],
  [0.05, { kind: 'delay', ms: 200 }],
]

/** Not among them: swallowed events, which only the list after an hour brings to light. */
const ofEvents: Odds<Fate> = [
  [0.05, { kind: 'twice' }],
  [0.05, { kind: 'delay', ms: 300 }],
  [0.02, { kind: 'gone' }],
  [0.02, { kind: 'cut' }],
  [0.02, { kind: 'end' }],
]

function mishaps({ random, counts }: Round): Faults {
  const draw = <Kind extends { readonly kind: string }>(odds: Odds<Kind>, otherwise: Kind): Kind => {
    let left = random()
    for (const [share, fault] of odds) {
      left -= share
      if (left < 0) {
        counts.faults += 1
        return fault
      }
    }
    return otherwise
  }
  return {
    onRequest: () => draw<Verdict>(ofRequests, { kind: 'pass' }),
    onEvent: () => draw<Fate>(ofEvents, { kind: 'pass' }),
  }
}
