import type { RackSelector } from '../api/v1alpha1/index.ts'

type Requirement = NonNullable<RackSelector['matchExpressions']>[number]

/** Whether labels satisfy a label selector as Kubernetes means it: all of its terms hold, and none is every object. */
export function matchesSelector(selector: RackSelector, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return equal && (selector.matchExpressions ?? []).every((requirement) => meets(requirement, labels[requirement.key]))
}

function meets({ operator, values = [] }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}
