import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { crdSchemaOf } from './crd-schema.ts'

describe('CRD schema of a zod schema', () => {
  test('an integer without bounds gets none', () => {
    expect(crdSchemaOf(z.int())).toEqual({ type: 'integer' })
  })

  test('an optional field is not required and keeps its description', () => {
    const schema = z.object({ a: z.string().max(3).describe('An a.').optional(), b: z.boolean() })
    expect(crdSchemaOf(schema)).toEqual({
      type: 'object',
      required: ['b'],
      properties: { a: { description: 'An a.', type: 'string', maxLength: 3 }, b: { type: 'boolean' } },
    })
  })

  test('a field that may be null is said to be nullable', () => {
    const schema = z.object({ a: z.object({}).describe('An a.').nullish() })
    expect(crdSchemaOf(schema).properties).toEqual({
      a: { description: 'An a.', type: 'object', nullable: true, properties: {} },
    })
  })

  test('an object of which nothing is required has no empty list', () => {
    expect(crdSchemaOf(z.object({ a: z.boolean().optional() }))).not.toHaveProperty('required')
  })

  test('what a CRD cannot hold is an error with its place', () => {
    const union = z.object({ deep: z.union([z.object({ a: z.string() }), z.boolean()]) })
    expect(() => crdSchemaOf(union)).toThrow('.deep: a CRD schema cannot hold anyOf')
  })
})
