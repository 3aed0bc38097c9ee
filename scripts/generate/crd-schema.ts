import { z } from 'zod'

/** A node of an OpenAPI v3 schema as a CustomResourceDefinition holds it. */
export interface CrdSchema {
  description?: string
  type?: string
  format?: string
  nullable?: boolean
  enum?: readonly unknown[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  minItems?: number
  maxItems?: number
  maxProperties?: number
  required?: readonly string[]
  properties?: Readonly<Record<string, CrdSchema>>
  items?: CrdSchema
  additionalProperties?: CrdSchema
  default?: unknown
  'x-kubernetes-list-type'?: string
  'x-kubernetes-list-map-keys'?: readonly string[]
  'x-kubernetes-map-type'?: string
  'x-kubernetes-validations'?: readonly CrdRule[]
}

export interface CrdRule {
  rule: string
  message: string
  fieldPath?: string
}

/** What a node may hold, in the order in which it is written. */
const keys = [
  'description',
  'type',
  'format',
  'nullable',
  'enum',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'maxProperties',
  'required',
  'properties',
  'items',
  'additionalProperties',
  'default',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
] as const satisfies readonly (keyof CrdSchema)[]

/** What zod writes beside them, and the CRD must not hold. */
const dropped = new Set(['$schema'])

/** The CRD form of a zod schema. Throws on a schema that a CRD can't hold. */
export function crdSchemaOf(schema: z.ZodType): CrdSchema {
  return normalize(z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' }), '')
}

function normalize(node: unknown, path: string): CrdSchema {
  if (!isObject(node)) throw new Error(`${path}: not a schema`)
  const unknown = Object.keys(node).filter((key) => !dropped.has(key) && !keys.some((known) => known === key))
  if (unknown.length > 0) throw new Error(`${path}: a CRD schema cannot hold ${unknown.join(', ')}`)
  const entries = keys.filter((key) => key in node).map((key) => [key, valueOf(key, node[key], path)] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** One keyword; undefined where it says nothing. */
function valueOf(key: keyof CrdSchema, value: unknown, path: string): unknown {
  switch (key) {
    case 'minimum':
    case 'maximum':
      // Every zod integer is bounded by what JavaScript can count.
      return Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER ? undefined : value
    case 'properties':
      if (!isObject(value)) throw new Error(`${path}: properties is not an object`)
      return Object.fromEntries(
        Object.entries(value).map(([name, property]) => [name, normalize(property, `${path}.${name}`)]),
      )
    case 'items':
    case 'additionalProperties':
      return normalize(value, `${path}[*]`)
    default:
      return Array.isArray(value) && value.length === 0 ? undefined : value
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
