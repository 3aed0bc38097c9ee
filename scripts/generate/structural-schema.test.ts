import { describe, expect, test } from 'vitest'
import type { CrdSchema } from './crd-schema.ts'
import { structuralProblems } from './structural-schema.ts'

const bounded: CrdSchema = { type: 'string', maxLength: 5 }
const around = (field: CrdSchema): CrdSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties: { field } } },
})

const problems: [string, CrdSchema, string][] = [
  ['a field without type', { description: 'x' }, '.spec.field has no type'],
  ['a text without bound', { type: 'string' }, '.spec.field is a text without maxLength'],
  [
    'a list without bound',
    { type: 'array', items: bounded, 'x-kubernetes-list-type': 'set' },
    '.spec.field is a list without maxItems',
  ],
  [
    'a list without list type',
    { type: 'array', items: bounded, maxItems: 1 },
    '.spec.field is a list without x-kubernetes-list-type',
  ],
  [
    'a list without items',
    { type: 'array', maxItems: 1, 'x-kubernetes-list-type': 'atomic' },
    '.spec.field is a list without items',
  ],
  [
    'a set of objects',
    { type: 'array', maxItems: 1, items: { type: 'object' }, 'x-kubernetes-list-type': 'set' },
    '.spec.field is a set of objects',
  ],
  [
    'a list by a key that may be absent',
    {
      type: 'array',
      maxItems: 1,
      items: { type: 'object', properties: { name: bounded } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    '.spec.field is a map by a key that its items need not have',
  ],
  [
    'a map without bound',
    { type: 'object', additionalProperties: bounded },
    '.spec.field is a map without maxProperties',
  ],
  [
    'fields beside free keys',
    { type: 'object', properties: {}, additionalProperties: bounded, maxProperties: 1 },
    '.spec.field has both properties and additionalProperties',
  ],
  ['an empty list of rules', { ...bounded, 'x-kubernetes-validations': [] }, '.spec.field has an empty list of rules'],
  [
    'an unbounded text inside a list',
    { type: 'array', maxItems: 1, items: { type: 'string' }, 'x-kubernetes-list-type': 'atomic' },
    '.spec.field[*] is a text without maxLength',
  ],
]

describe('structural schemas', () => {
  test.each(problems)('%s is told with its path', (_, field, problem) => {
    expect(structuralProblems(around(field))).toEqual([problem])
  })

  test('bounded fields are no problem', () => {
    expect(structuralProblems(around(bounded))).toEqual([])
  })
})
