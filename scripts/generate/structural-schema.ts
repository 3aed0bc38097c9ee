import type { CrdSchema } from './crd-schema.ts'

const scalars = new Set(['string', 'integer', 'number', 'boolean'])

/**
 * What keeps a schema from being one that the API server accepts as structural, prunes and merges by, or that keeps
 * CEL rules within their cost budget; each as a sentence with the path. Empty when all is well.
 */
export function structuralProblems(schema: CrdSchema, path = ''): readonly string[] {
  const problems = [...typeProblems(schema), ...boundProblems(schema), ...listProblems(schema)]
  const here = problems.map((problem) => `${path === '' ? 'the root' : path} ${problem}`)
  return [...here, ...childrenOf(schema, path).flatMap(([child, childPath]) => structuralProblems(child, childPath))]
}

/** What every object has; the API server knows these itself. */
const envelope = new Set(['apiVersion', 'kind', 'metadata'])

function childrenOf({ properties, items, additionalProperties }: CrdSchema, path: string): [CrdSchema, string][] {
  const children = fieldsOf(properties, path).map(([name, child]): [CrdSchema, string] => [child, `${path}.${name}`])
  if (items !== undefined) children.push([items, `${path}[*]`])
  if (additionalProperties !== undefined) children.push([additionalProperties, `${path}{*}`])
  return children
}

function fieldsOf(properties: CrdSchema['properties'] = {}, path: string): [string, CrdSchema][] {
  return Object.entries(properties).filter(([name]) => path !== '' || !envelope.has(name))
}

function typeProblems({ type, properties, items, additionalProperties }: CrdSchema): string[] {
  if (type === undefined) return ['has no type']
  if (type === 'array') return items === undefined ? ['is a list without items'] : []
  if (type !== 'object') return scalars.has(type) ? [] : [`has the unknown type ${type}`]
  return properties !== undefined && additionalProperties !== undefined
    ? ['has both properties and additionalProperties']
    : []
}

function boundProblems(schema: CrdSchema): string[] {
  const problems: string[] = []
  if (schema.type === 'string' && !isBoundedText(schema)) problems.push('is a text without maxLength')
  if (schema.type === 'array' && schema.maxItems === undefined) problems.push('is a list without maxItems')
  if (schema.additionalProperties !== undefined && schema.maxProperties === undefined) {
    problems.push('is a map without maxProperties')
  }
  if (schema['x-kubernetes-validations']?.length === 0) problems.push('has an empty list of rules')
  return problems
}

function isBoundedText({ maxLength, enum: choices, format }: CrdSchema): boolean {
  return maxLength !== undefined || choices !== undefined || format === 'date-time'
}

function listProblems(schema: CrdSchema): string[] {
  if (schema.type !== 'array') return []
  const { items, 'x-kubernetes-list-type': listType, 'x-kubernetes-list-map-keys': mapKeys = [] } = schema
  if (listType === undefined) return ['is a list without x-kubernetes-list-type']
  if (listType === 'set' && items?.type === 'object') return ['is a set of objects']
  if (listType !== 'map') return []
  const missing = mapKeys.filter((key) => items?.required?.includes(key) !== true)
  return mapKeys.length === 0 || missing.length > 0 ? ['is a map by a key that its items need not have'] : []
}
