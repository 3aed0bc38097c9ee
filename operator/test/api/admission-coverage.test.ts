import { describe, expect, test } from 'vitest'
import type { CrdSchema } from '../../../scripts/generate/crd-schema.ts'
import { refusedCases } from './admission-cases.ts'
import type { CaseKind } from './cases/admission-case.ts'
import { refusedChanges } from './cases/refused-changes.ts'
import { crds } from './cluster.ts'

/** Something that a schema forbids: where (a pattern of field paths), and the words that tell of it. */
interface Bound {
  readonly field: RegExp
  readonly words: RegExp
}

interface StoredCrd {
  readonly spec: {
    readonly names: { readonly kind: CaseKind }
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: CrdSchema } }[]
  }
}

const schemas = (crds as unknown as readonly StoredCrd[]).map(({ spec }) => ({
  kind: spec.names.kind,
  schema: spec.versions[0]!.schema.openAPIV3Schema,
}))

const refusals = [...refusedCases, ...refusedChanges]

describe('the tables of refused objects', () => {
  test.each(schemas)('have a row for every bound and rule of $kind', ({ kind, schema }) => {
    const own = refusals.filter((refusal) => refusal.kind === kind)
    const bounds = [...rulesOf(schema, '<nil>'), ...boundsOf(schema.properties!['spec']!, 'spec')]
    const untold = bounds.filter(
      ({ field, words }) => !own.some((refusal) => field.test(refusal.field) && words.test(refusal.sentence)),
    )
    expect(untold).toEqual([])
    expect(bounds.length).toBeGreaterThan(20)
  })

  test('hold well over 60 rows, each with another title', () => {
    const titles = refusals.map(({ kind, title }) => `${kind} ${title}`)
    expect(new Set(titles).size).toBe(titles.length)
    expect(titles.length).toBeGreaterThan(150)
  })

  test('hold no sentence that is a regular expression', () => {
    expect(refusals.filter(({ sentence }) => /\^|\$|\[a-z/.test(sentence))).toEqual([])
  })
})

/** What the node and those below it forbid. `path` is a pattern. */
function boundsOf(schema: CrdSchema, path: string): readonly Bound[] {
  const { items, additionalProperties, properties = {} } = schema
  return [
    ...limitsOf(schema, path),
    ...rulesOf(schema, path),
    ...(schema.required ?? []).map((name) => bound(`${path}.${name}`, '^Required value')),
    ...Object.entries(properties).flatMap(([name, field]) => boundsOf(field, `${path}.${name}`)),
    ...(items === undefined ? [] : boundsOf(items, `${path}[*]`)),
    ...(additionalProperties === undefined ? [] : boundsOf(additionalProperties, `${path}{*}`)),
  ]
}

function limitsOf(schema: CrdSchema, path: string): readonly Bound[] {
  const { maxLength, minLength, maxItems, minItems, maxProperties, minimum, maximum } = schema
  const listType = schema['x-kubernetes-list-type']
  const words: readonly (readonly [limit: unknown, words: string])[] = [
    [maxLength, `^Too long: may not be more than ${maxLength} bytes`],
    [minLength, 'at least \\d+ chars long'],
    [maxItems, `must have at most ${maxItems} items`],
    [minItems, 'should have at least'],
    [maxProperties, `must have at most ${maxProperties} items`],
    [minimum, `greater than or equal to ${minimum}$`],
    [maximum, `less than or equal to ${maximum}$`],
    [schema.enum, '^Unsupported value'],
  ]
  return [
    ...words.flatMap(([limit, told]) => (limit === undefined ? [] : [bound(path, told)])),
    ...(listType === 'map' || listType === 'set' ? [bound(`${path}[*]`, '^Duplicate value')] : []),
  ]
}

function rulesOf({ 'x-kubernetes-validations': rules = [] }: CrdSchema, path: string): readonly Bound[] {
  return rules.map(({ message, fieldPath }) => bound(fieldPath?.slice(1) ?? path, `^${RegExp.escape(message)}$`))
}

function bound(path: string, words: string): Bound {
  const field = RegExp.escape(path)
    .replaceAll('\\[\\*\\]', '\\[\\d+\\]')
    .replaceAll('\\{\\*\\}', '(\\.[^.]+|\\[[a-z]+\\])')
  return { field: new RegExp(`^${field}$`), words: new RegExp(words) }
}
