import type { z } from 'zod'

/** A rule that the API server checks (CEL), with the sentence that a user sees when it doesn't hold. */
export interface Rule {
  readonly rule: string
  readonly message: string
  /** Which field the sentence is about, if not the one that the rule stands on: a JSON path such as `.spec.ork`. */
  readonly fieldPath?: string
}

/** A rule with the same check in TypeScript, so that a parse refuses what the API server refuses. */
export interface CheckedRule<Value> extends Rule {
  /** Left out where the rule compares with the stored object. */
  readonly holds?: (value: Value) => boolean
}

/** Where a schema's metadata and the CRD hold rules. */
const validationsKey = 'x-kubernetes-validations'

/** Puts rules on a schema: as metadata for the CRD, and as checks for a parse. */
export function withRules<Schema extends z.ZodType>(
  schema: Schema,
  ...rules: readonly CheckedRule<z.output<Schema>>[]
): Schema {
  const checked = schema.superRefine((value, context) => {
    for (const { holds, message } of rules) {
      if (holds !== undefined && !holds(value)) context.addIssue({ code: 'custom', message })
    }
  })
  return checked.meta({ [validationsKey]: rules.map(({ holds: _, ...rule }) => rule) })
}

/** A rule that a field never changes once it is set. */
export function immutable(message: string): Rule {
  return { rule: 'self == oldSelf', message }
}

/** A rule of the whole object: the names of a worker and a rack together name pods. */
export function namesPods(what: 'worker' | 'rack'): Rule {
  return {
    rule: "size(self.metadata.name) <= 31 && !self.metadata.name.contains('.')",
    message: `metadata.name of a ${what} must have no '.' and at most 31 characters, since <worker>-<rack> names its pods`,
  }
}
