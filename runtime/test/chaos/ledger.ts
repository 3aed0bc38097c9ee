/**
 * What devices did against what callers were told. Commands are told apart by a key that is in their parameters, or, where a command
 * has none, by their device: then the numbers of a device are compared.
 *
 * L1  What ran more often than commands with that key may have run has run twice, or has run although it was said that it had not.
 * L2  What ran less often than was said has been lost. So has an accepted command that ORK doesn't know any more.
 * L3  Every accepted command ends.
 */

/**
 * What a caller knows of a command in the end. `unacknowledged`: no answer came to it; `refused`: it was not accepted, and didn't run;
 * `failed`: it was accepted, and didn't run; `unknown`: it may have run, and ORK says so; `missing`: it was accepted, and ORK knows
 * nothing of it; `open`: it was accepted, and hasn't ended.
 */
export type Outcome = 'unacknowledged' | 'refused' | 'succeeded' | 'failed' | 'unknown' | 'missing' | 'open'

export interface Order {
  readonly key: string
  outcome: Outcome
}

export interface Audit {
  readonly accepted: number
  readonly lost: number
  readonly doubled: number
  readonly stuck: number
  readonly unknown: number
  /** Of each key that doesn't come out: its orders and how often it ran. */
  readonly findings: readonly string[]
}

const mayHaveRun: ReadonlySet<Outcome> = new Set(['unacknowledged', 'succeeded', 'unknown', 'missing', 'open'])
const notAccepted: ReadonlySet<Outcome> = new Set(['unacknowledged', 'refused'])

/** `ran` says how often each key was executed. */
export function auditLedger(orders: readonly Order[], ran: ReadonlyMap<string, number>): Audit {
  const outcomes = new Map<string, Outcome[]>([...ran.keys()].map((key) => [key, []]))
  for (const { key, outcome } of orders) outcomes.set(key, [...(outcomes.get(key) ?? []), outcome])
  const accounts = [...outcomes].map(([key, of]) => accountOf(key, of, ran.get(key) ?? 0))
  const sum = (count: (account: (typeof accounts)[number]) => number) =>
    accounts.reduce((total, account) => total + count(account), 0)
  const all = orders.map(({ outcome }) => outcome)
  return {
    accepted: all.filter((outcome) => !notAccepted.has(outcome)).length,
    lost: sum(({ lost }) => lost) + countOf('missing', all),
    doubled: sum(({ doubled }) => doubled),
    stuck: countOf('open', all),
    unknown: countOf('unknown', all),
    findings: accounts.flatMap(({ finding }) => finding ?? []),
  }
}

function accountOf(key: string, outcomes: readonly Outcome[], ran: number) {
  // L1
  const doubled = Math.max(0, ran - outcomes.filter((outcome) => mayHaveRun.has(outcome)).length)
  // L2
  const lost = Math.max(0, countOf('succeeded', outcomes) - ran)
  const odd = doubled + lost + countOf('missing', outcomes) + countOf('open', outcomes) > 0
  return { doubled, lost, finding: odd ? `${key} ran ${ran} times; it was ${outcomes.join(', ')}` : null }
}

function countOf(wanted: Outcome, outcomes: readonly Outcome[]): number {
  return outcomes.filter((outcome) => outcome === wanted).length
}

/** The line that a run ends with. */
export function formatAudit(kills: number, { accepted, lost, doubled, stuck, unknown }: Audit): string {
  return `kills ${kills}, accepted ${accepted}, lost ${lost}, doubled ${doubled}, stuck ${stuck}, unknown ${unknown}`
}
