/** The custom resources of `mdk.io/v1alpha1`: schemas, types, conditions and the names that follow from them. */
export type { ConditionFacts, ReasonFacts } from './condition-facts.ts'
export * from './conditions.ts'
export * from './names.ts'
export * from './rack.ts'
export type { Column, ResourceDefinition } from './resource.ts'
export * from './site.ts'
export type { Condition, ConditionStatus } from './status-fields.ts'
export * from './worker.ts'
