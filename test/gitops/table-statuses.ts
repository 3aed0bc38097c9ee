// Every list of conditions that the tables of the API allow, by the function that makes them for the controllers.
import {
  type ConditionFacts,
  type ReasonFacts,
  rackConditions,
  siteConditions,
  workerConditions,
} from '../../operator/src/api/v1alpha1/index.ts'
import {
  type Finding,
  type FullCondition,
  formatConditions,
  startingConditions,
} from '../../operator/src/controllers/conditions.ts'

type Table = Readonly<Record<string, ConditionFacts>>

/** The tables of all kinds. */
export const tables: Readonly<Record<string, Table>> = {
  MdkSite: siteConditions,
  MdkWorker: workerConditions,
  MdkRack: rackConditions,
}

/** Conditions with what a reader must make of them. */
export interface TableStatus {
  readonly title: string
  readonly conditions: readonly FullCondition[]
  readonly standing: ReasonFacts['standing']
  /** What a person is to be told. */
  readonly message: string
}

/** What one row may say, the first as it is when all is well. */
interface Row {
  readonly type: string
  readonly choices: readonly (string | null)[]
}

/**
 * The statuses of a kind: the first visit, and each one in which at most so many rows say something else than when all is
 * well. Of two the first is what Ready tells, and the second must not change it; a third would only be another second.
 */
export function tableStatuses(kind: string, generation: number, troublesAtOnce: 1 | 2 = 2): readonly TableStatus[] {
  const table = tables[kind] ?? {}
  const rows = rowsOf(table)
  const first: TableStatus = {
    title: 'first visit',
    conditions: startingConditions(table, generation),
    standing: 'waiting',
    message: startingConditions(table, generation)[0]?.message ?? '',
  }
  return [first, ...choose(rows, troublesAtOnce).map((choice) => statusOf(table, choice, generation))]
}

/** Ready may say something before all rows, and by itself when no row keeps it from True. */
const before = 'Ready, before all'
const otherwise = 'Ready, by itself'

function rowsOf(table: Table): readonly Row[] {
  const isSummary = (type: string) => ['Ready', 'Reconciling', 'Stalled'].includes(type)
  const ready = Object.entries(table['Ready']?.reasons ?? {}).filter(([reason]) => reason !== 'Starting')
  const named = (isWell: boolean) =>
    ready.filter(([, { standing }]) => (standing === 'well') === isWell).map(([reason]) => reason)
  const parts = Object.entries(table).filter(([type]) => !isSummary(type))
  return [
    { type: before, choices: [null, ...named(false)] },
    ...parts.map(([type, { reasons, onlyWhileTrue }]) => ({
      type,
      choices: [...(onlyWhileTrue ? [null] : []), ...Object.keys(reasons)],
    })),
    { type: otherwise, choices: named(true) },
  ]
}

type Choice = Readonly<Record<string, string | null>>

/** Every choice of one word a row with at most so many words that aren't the first. */
function choose([row, ...rest]: readonly Row[], left: number): Choice[] {
  if (row === undefined) return [{}]
  return row.choices.slice(0, left === 0 ? 1 : undefined).flatMap((word, index) => {
    const others = choose(rest, index === 0 ? left : left - 1)
    return others.map((other) => ({ [row.type]: word, ...other }))
  })
}

function statusOf(table: Table, choice: Choice, generation: number): TableStatus {
  const { [before]: first = null, [otherwise]: own = null, ...words } = choice
  const finding = (type: string, reason: string | null): Finding | null =>
    reason === null ? null : { reason, message: factsOf(table, type, reason).meaning }
  const findings = Object.fromEntries(Object.entries(words).map(([type, reason]) => [type, finding(type, reason)]))
  const well = finding('Ready', own)
  if (well === null) throw new Error('nothing makes Ready True')
  const conditions = formatConditions(table, findings, { before: finding('Ready', first), otherwise: well }, generation)
  return { title: formatChoice(choice), conditions, ...expected(table, choice) }
}

/** The first row that keeps the object from Ready decides how it stands and what is told. */
function expected(table: Table, choice: Choice): Pick<TableStatus, 'standing' | 'message'> {
  for (const [row, reason] of Object.entries(choice)) {
    if (reason === null) continue
    const isReady = row === before || row === otherwise
    const facts = factsOf(table, isReady ? 'Ready' : row, reason)
    const keepsFromReady = table[row]?.keepsFromReady === true && facts.status !== 'True'
    if (isReady || keepsFromReady) return { standing: facts.standing, message: facts.meaning }
  }
  throw new Error('nothing is told')
}

function factsOf(table: Table, type: string, reason: string): ReasonFacts {
  const facts = table[type]?.reasons[reason]
  if (facts === undefined) throw new Error(`there is no reason ${reason} of ${type}`)
  return facts
}

function formatChoice(choice: Choice): string {
  const words = Object.entries(choice).filter(([, reason]) => reason !== null)
  return words.map(([type, reason]) => `${type} ${reason ?? ''}`).join(', ')
}
