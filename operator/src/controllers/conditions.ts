// Makes an object's conditions of what was found, by the tables of the API. Rules of kstatus:
//   C1 Ready is always there and takes the reason and message of the first thing that keeps it from True
//   C2 Reconciling and Stalled are there only while True: Stalled when waiting won't help, else Reconciling
//   C3 each condition names the generation that it speaks of
import type { Condition, ConditionFacts, ConditionStatus, ReasonFacts } from '../api/v1alpha1/index.ts'
import { limitText, maxMessageLength } from './messages.ts'

type Table = Readonly<Record<string, ConditionFacts>>

type ReasonOf<T extends Table, Type extends keyof T> = keyof T[Type]['reasons'] & string

/** What was found about one condition. */
export interface Finding<Reason extends string = string> {
  readonly reason: Reason
  readonly message: string
}

/** What Ready says by itself. */
export type ReadyFinding<T extends Table> = Finding<ReasonOf<T, 'Ready'>>

/** A finding for each condition that isn't made of the others; null for one that isn't to be listed. */
export type Findings<T extends Table> = {
  readonly [Type in Exclude<keyof T, 'Ready' | 'Reconciling' | 'Stalled'>]: Finding<ReasonOf<T, Type>> | null
}

export interface Readiness {
  /** What only Ready tells, before all rows; null if there is nothing. */
  readonly before: Finding | null
  /** What Ready says when nothing keeps it from True. */
  readonly otherwise: Finding
}

/** A condition with all its fields. */
export interface FullCondition {
  type: string
  status: ConditionStatus
  reason: string
  message: string
  /** Set by the writer of the status, which knows what was there before. */
  lastTransitionTime: string
  observedGeneration: number
}

/** A status that is complete. */
export type Complete<Status> = Status & { observedGeneration: number; conditions: FullCondition[] }

/** The conditions in the table's order. */
export function formatConditions(
  table: Table,
  findings: Readonly<Record<string, Finding | null>>,
  { before, otherwise }: Readiness,
  generation: number,
): FullCondition[] {
  const rows = Object.entries(findings).flatMap(([type, finding]) =>
    finding === null ? [] : [{ type, ...finding, ...factsOf(table, type, finding.reason) }],
  )
  const blocking = rows.find(({ type, status }) => table[type]?.keepsFromReady === true && status !== 'True')
  const own = before ?? otherwise
  const summary =
    before === null && blocking !== undefined ? blocking : { ...own, ...factsOf(table, 'Ready', own.reason) }
  const ready = { ...summary, type: 'Ready', status: readyStatus(summary) }
  const alarm = summary.standing === 'stalled' ? 'Stalled' : 'Reconciling'
  return [
    ready,
    ...rows,
    ...(summary.standing === 'well' ? [] : [{ ...summary, type: alarm, status: 'True' as const }]),
  ].map(({ type, status, reason, message }) => ({
    type,
    status,
    reason,
    message: limitText(message, maxMessageLength),
    lastTransitionTime: '',
    observedGeneration: generation,
  }))
}

/** A part that can't be known keeps the whole from True. Only what nobody has looked at yet is itself unknown. */
function readyStatus({ status, reason }: Pick<ReasonFacts, 'status'> & Finding): ReasonFacts['status'] {
  return status === 'True' || reason === 'Starting' ? status : 'False'
}

function factsOf(table: Table, type: string, reason: string): ReasonFacts {
  const facts = table[type]?.reasons[reason]
  if (facts === undefined) throw new Error(`the condition ${type} has no reason ${reason}`)
  return facts
}

/** The conditions of an object, of what was found. An object that had none yet only says that it is looked at. */
export function conditionsOf(
  table: Table,
  { metadata, status }: Conditioned,
  findings: Readonly<Record<string, Finding | null>>,
  readiness: Readiness,
): FullCondition[] {
  const { generation } = metadata
  return (status?.conditions?.length ?? 0) > 0
    ? formatConditions(table, findings, readiness, generation)
    : startingConditions(table, generation)
}

/** The conditions of an object that nobody has looked at yet. */
export function startingConditions(table: Table, generation: number): FullCondition[] {
  const starting = { reason: 'Starting', message: 'the operator has begun to look at it' }
  const findings = Object.entries(table)
    .filter(([type, { onlyWhileTrue }]) => type !== 'Ready' && !onlyWhileTrue)
    .map(([type]) => [type, starting] as const)
  return formatConditions(table, Object.fromEntries(findings), { before: starting, otherwise: starting }, generation)
}

/** An object with a status, as far as conditions go. */
export interface Conditioned {
  readonly metadata: { readonly generation: number }
  readonly status?: { readonly conditions?: readonly Condition[] | undefined }
}

/** What a condition says now; null if it isn't there, speaks of another generation, or in a way of another release. */
export function earlierFinding<T extends Table, Type extends keyof T & string>(
  table: T,
  { metadata, status }: Conditioned,
  type: Type,
): Finding<ReasonOf<T, Type>> | null {
  const found = status?.conditions?.find((condition) => condition.type === type)
  if (found === undefined || found.observedGeneration !== metadata.generation) return null
  const { reason, message } = found
  return isReasonOf(table, type, reason) ? { reason, message } : null
}

function isReasonOf<T extends Table, Type extends keyof T & string>(
  table: T,
  type: Type,
  reason: string,
): reason is ReasonOf<T, Type> {
  return Object.hasOwn(table[type]?.reasons ?? {}, reason)
}
