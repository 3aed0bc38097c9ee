// Decides whether a status is written now, later or not at all. Rules:
//   T1 what is equal, `lastTransitionTime` apart, is not written
//   T2 conditions, generation, and parts that come, go or change readiness are written at once
//   T3 a change of counts alone waits for the end of a window
//   T4 a condition that becomes False by counts alone, on an object that wasn't edited, is held back for a window: a device
//      that was just added is on its way. Becoming True is told at once.
//   T5 `lastTransitionTime` moves only when a condition's status does
import { formatTime } from '../engine/clock.ts'

export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  readonly observedGeneration?: number
  /** Set by T5, whatever is given. */
  readonly lastTransitionTime?: string
}

/** A status as a reconciler computes it: complete, and a function of its inputs alone. */
export interface Status {
  readonly observedGeneration?: number
  readonly conditions?: readonly Condition[]
}

/** What is a count, in the sense of T3 and T4. */
export interface CountRules {
  /** Names of fields that hold counts, or lists that go with them, wherever they stand. */
  readonly fields: ReadonlySet<string>
  /** Reasons of conditions that say only that some count isn't what it should be. */
  readonly reasons: ReadonlySet<string>
}

/** What is under way for one object: on the monotonic clock. */
export interface StatusMemory {
  /** Since when counts differ from what is written. */
  readonly countsSince: number | null
  /** Since when each condition is held back, by type. */
  readonly heldSince: ReadonlyMap<string, number>
}

export const nothingPending: StatusMemory = { countsSince: null, heldSince: new Map() }

export interface StatusDecision {
  /** What to write now; null for nothing. */
  readonly write: Status | null
  /** Whether it is a change of counts alone. */
  readonly countsOnly: boolean
  /** When to decide again if nothing happens; null for never. */
  readonly againMs: number | null
  readonly memory: StatusMemory
}

const countWindowMs = 10_000

export interface StatusQuestion {
  /** As the API server has it. */
  readonly previous: Status
  readonly next: Status
  readonly memory: StatusMemory
  readonly rules: CountRules
  readonly monotonicMs: number
  readonly nowMs: number
}

export function decideStatusWrite(question: StatusQuestion): StatusDecision {
  const { previous, rules, memory, monotonicMs } = question
  const { status, heldSince } = holdBack(question)
  const heldLeftMs = [...heldSince.values()].map((since) => since + countWindowMs - monotonicMs)
  const heldMs = heldLeftMs.length === 0 ? null : Math.min(...heldLeftMs)
  const settled = { heldSince, countsSince: null }
  if (isSame(previous, status)) return { write: null, countsOnly: false, againMs: heldMs, memory: settled } // T1
  const write = withTransitionTimes(previous, status, question.nowMs)
  if (!isSame(withoutCounts(previous, rules), withoutCounts(status, rules))) {
    return { write, countsOnly: false, againMs: heldMs, memory: settled } // T2
  }
  const countsSince = memory.countsSince ?? monotonicMs
  const leftMs = countsSince + countWindowMs - monotonicMs
  if (leftMs <= 0) return { write, countsOnly: true, againMs: heldMs, memory: settled }
  return {
    write: null,
    countsOnly: true,
    againMs: Math.min(leftMs, heldMs ?? leftMs),
    memory: { heldSince, countsSince },
  }
}

/** T4: leaves each held condition as it was. */
function holdBack(question: StatusQuestion): { status: Status; heldSince: ReadonlyMap<string, number> } {
  const { previous, next, memory, rules, monotonicMs } = question
  if (previous.observedGeneration !== next.observedGeneration) return { status: next, heldSince: new Map() }
  const wasReady = previous.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  const heldSince = new Map<string, number>()
  const conditions = (next.conditions ?? []).flatMap((condition) => {
    const before = previous.conditions?.find(({ type }) => type === condition.type)
    const since = memory.heldSince.get(condition.type) ?? monotonicMs
    const worse = rules.reasons.has(condition.reason) && worsens(before, condition, wasReady)
    if (!worse || monotonicMs - since >= countWindowMs) return [condition]
    heldSince.set(condition.type, since)
    return before === undefined ? [] : [before]
  })
  return { status: heldSince.size === 0 ? next : { ...next, conditions }, heldSince }
}

/**
 * True becomes False, or what is only shown while it is True (`Reconciling`) appears on an object that was Ready: on one
 * that wasn't, it takes the place of another, such as `Stalled`, and there must always be one of them.
 */
function worsens(before: Condition | undefined, after: Condition, wasReady: boolean): boolean {
  if (before === undefined) return wasReady && after.status === 'True'
  return before.status === 'True' && after.status === 'False'
}

/** T5. */
function withTransitionTimes(previous: Status, next: Status, nowMs: number): Status {
  if (next.conditions === undefined) return next
  const conditions = next.conditions.map((condition) => {
    const before = previous.conditions?.find(({ type }) => type === condition.type)
    const kept = before?.status === condition.status ? before.lastTransitionTime : undefined
    return { ...condition, lastTransitionTime: kept ?? formatTime(nowMs) }
  })
  return { ...next, conditions }
}

function withoutCounts(status: Status, { fields }: CountRules): Status {
  const ignored = new Set([...fields, 'message'])
  return without(status, ignored) as Status
}

/**
 * T1. Lists that the API server merges by key keep its order there, so order is no difference. One that loses its last element
 * is dropped there, so neither is whether an empty list is there.
 */
function isSame(one: Status, other: Status): boolean {
  const times = new Set(['lastTransitionTime'])
  return canonical(without(one, times)) === canonical(without(other, times))
}

function without(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((element) => without(element, names))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name, part]) => !isNothing(part) && !names.has(name))
  return Object.fromEntries(kept.map(([name, part]) => [name, without(part, names)]))
}

function isNothing(part: unknown): boolean {
  return part === undefined || (Array.isArray(part) && part.length === 0)
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`)
  return `{${entries.sort().join()}}`
}
