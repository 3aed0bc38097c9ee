import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { formatValuesSchema, formatValuesTable, formatValuesYaml } from './format-values.ts'
import { treeOf, type Value } from './value.ts'
import { values } from './values.ts'

const settings: readonly Value[] = [
  {
    path: 'image.tag',
    default: '',
    description: 'Tag; `latest` if empty.',
    schema: { type: 'string' },
  },
  {
    path: 'image.pull.policy',
    default: 'Always',
    description: 'When.',
    schema: { type: 'string', enum: ['Always', 'Never'] },
  },
  {
    path: 'ports',
    default: [1, 2],
    description: 'Ports | doors.',
    schema: { type: 'array', items: { type: 'integer' } },
  },
]

describe('values of the chart', () => {
  test('become a file with each setting under what it is for', () => {
    expect(formatValuesYaml(settings)).toBe(`image:
  # Tag; latest if empty.
  tag: ''
  pull:
    # When.
    policy: Always

# Ports | doors.
ports:
  - 1
  - 2
`)
  })

  test('become a schema that knows no other setting but global', () => {
    const schema: unknown = JSON.parse(formatValuesSchema('Settings', settings))
    expect(schema).toMatchObject({
      title: 'Settings',
      additionalProperties: false,
      properties: {
        global: { type: 'object' },
        image: {
          additionalProperties: false,
          properties: {
            tag: { type: 'string', description: 'Tag; `latest` if empty.' },
            pull: { additionalProperties: false, properties: { policy: { enum: ['Always', 'Never'] } } },
          },
        },
      },
    })
  })

  test('become a table', () => {
    expect(formatValuesTable(settings).split('\n')).toEqual([
      '| value | default | what it does |',
      '| --- | --- | --- |',
      '| `image.tag` | `""` | Tag; `latest` if empty. |',
      '| `image.pull.policy` | `"Always"` | When. |',
      '| `ports` | `[1,2]` | Ports \\| doors. |',
    ])
  })

  test.each([
    { paths: ['a', 'a'], problem: 'the value a is there already' },
    { paths: ['a', 'a.b'], problem: "the value a is a setting, so a.* can't be" },
    { paths: ['a.b', 'a'], problem: 'the value a is there already' },
  ])('$paths are refused', ({ paths, problem }) => {
    const clashing = paths.map((path) => ({ path, default: 1, description: 'One.', schema: {} }))
    expect(() => treeOf(clashing)).toThrow(problem)
  })

  test('the file says what the settings say', () => {
    const written = load(formatValuesYaml(values))
    for (const { path, default: byDefault } of values) {
      expect(path.split('.').reduce((node: unknown, key) => (node as Record<string, unknown>)[key], written)).toEqual(
        byDefault,
      )
    }
  })

  test('each is described in whole sentences', () => {
    for (const { description } of values) expect(description).toMatch(/^[A-Z].+\.$/)
  })
})
