import type { ConditionStatus } from './status-fields.ts'

/** How an object stands when a reason holds: all well, waiting (it comes right by itself), or stalled (somebody must act). */
type Standing = 'well' | 'waiting' | 'stalled'

/** A reason of a condition: what the condition's status is with it, how the object stands, and what it means. */
export interface ReasonFacts {
  readonly status: ConditionStatus
  readonly standing: Standing
  readonly meaning: string
}

export interface ConditionFacts {
  readonly meaning: string
  /** Whether Ready is False while this condition isn't True. */
  readonly keepsFromReady: boolean
  /** Whether the condition is listed only while it is True. */
  readonly onlyWhileTrue: boolean
  readonly reasons: Readonly<Record<string, ReasonFacts>>
}

export function well<Meaning extends string>(meaning: Meaning) {
  return { status: 'True', standing: 'well', meaning } as const
}

export function waiting<Meaning extends string>(meaning: Meaning) {
  return { status: 'False', standing: 'waiting', meaning } as const
}

export function stalled<Meaning extends string>(meaning: Meaning) {
  return { status: 'False', standing: 'stalled', meaning } as const
}

export function unknown<Meaning extends string>(meaning: Meaning) {
  return { status: 'Unknown', standing: 'waiting', meaning } as const
}

/** A condition that is always listed and that Ready depends on. */
export function part<Reasons extends ConditionFacts['reasons']>(meaning: string, reasons: Reasons) {
  return { meaning, keepsFromReady: true, onlyWhileTrue: false, reasons } as const
}

/** A condition that is always listed and that Ready doesn't depend on. */
export function aside<Reasons extends ConditionFacts['reasons']>(meaning: string, reasons: Reasons) {
  return { meaning, keepsFromReady: false, onlyWhileTrue: false, reasons } as const
}

/** A condition that is listed only while it is True and means trouble. */
export function alarm<Reasons extends ConditionFacts['reasons']>(meaning: string, reasons: Reasons) {
  return { meaning, keepsFromReady: false, onlyWhileTrue: true, reasons } as const
}
