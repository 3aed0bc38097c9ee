import type { z } from 'zod'
import type { kinds } from '../group.ts'
import type { Rule } from './rules.ts'

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  /** JSON path of the value. */
  readonly path: string
  /** Shown with `-o wide` only. */
  readonly wide?: boolean
}

/** All that makes a custom resource; CRD and reference page are generated from it. */
export interface ResourceDefinition {
  readonly names: (typeof kinds)[keyof typeof kinds]
  readonly description: string
  readonly spec: z.ZodType
  /** Whether an object must have a `spec`. */
  readonly specRequired: boolean
  readonly status: z.ZodType
  /** Rules of the whole object, where its name or its earlier state matters. */
  readonly rules: readonly Rule[]
  readonly columns: readonly Column[]
  /** JSON paths that `--field-selector` may ask for. */
  readonly selectableFields: readonly string[]
}

/** A column that shows a part of the condition Ready. */
export function readyColumn(name: string, part: 'status' | 'reason' | 'message'): Column {
  const column: Column = { name, type: 'string', path: `.status.conditions[?(@.type=="Ready")].${part}` }
  return part === 'message' ? { ...column, wide: true } : column
}
