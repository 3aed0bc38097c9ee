import { apiVersion } from '../../../operator/src/api/group.ts'
import type { Crd } from '../crd.ts'
import type { CrdRule, CrdSchema } from '../crd-schema.ts'
import { code, formatPage, formatTable } from '../markdown.ts'

/** The page of all kinds: every field with its type, bounds and meaning, and every rule with its sentence. */
export function formatKinds(crds: readonly Crd[]): string {
  return formatPage(
    'Custom resources',
    '`operator/src/api/v1alpha1`',
    `API version ${code(apiVersion)}; all kinds are namespaced, and \`kubectl get mdk\` lists them. No field of \`spec\` has a default in the schema: what is absent means what the table says, and stays absent in what is stored. Where a field may be null, null means absent. References never leave the namespace.`,
    ...crds.map(formatKind),
  )
}

function formatKind({ spec: { names, versions } }: Crd): string {
  const [version] = versions
  if (version === undefined) throw new Error(`${names.kind} has no version`)
  const schema = version.schema.openAPIV3Schema
  const fields = fieldsOf(schema, '').filter(({ path }) => /^(spec|status)\b/.test(path))
  const rules = rulesOf(schema, '')
  const columns = version.additionalPrinterColumns.map(({ name, jsonPath, priority }) => [
    priority === undefined ? name : `${name} (wide)`,
    code(jsonPath),
  ])
  const selectable = 'selectableFields' in version ? version.selectableFields.map(({ jsonPath }) => code(jsonPath)) : []
  return [
    `## ${names.kind}`,
    `${schema.description ?? ''} Names for kubectl: ${[names.plural, names.singular, ...names.shortNames].map(code).join(', ')}.`,
    formatTable(
      ['field', 'type', 'meaning'],
      fields.map(({ path, required, schema: field }) => [
        code(path),
        `${typeOf(field)}${field.nullable === true ? ' or null' : ''}${required ? ', required' : ''}`,
        field.description ?? '',
      ]),
    ),
    '### Rules',
    formatTable(
      ['field', 'a request is refused with'],
      rules.map(({ path, rule }) => [code(path), rule.message]),
    ),
    '### Columns',
    formatTable(['column', 'value'], columns),
    ...(selectable.length === 0 ? [] : [`\`--field-selector\` takes ${selectable.join(' and ')}.`]),
  ].join('\n\n')
}

interface Field {
  readonly path: string
  readonly required: boolean
  readonly schema: CrdSchema
}

/** All fields in the order of the schema, parents first. */
function fieldsOf(schema: CrdSchema, path: string): Field[] {
  const { properties = {}, required = [], items } = schema
  const own = Object.entries(properties).flatMap(([name, child]): Field[] => {
    const childPath = path === '' ? name : `${path}.${name}`
    return [{ path: childPath, required: required.includes(name), schema: child }, ...fieldsOf(child, childPath)]
  })
  return items === undefined ? own : [...own, ...fieldsOf(items, `${path}[]`)]
}

function rulesOf(schema: CrdSchema, path: string): { path: string; rule: CrdRule }[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map((rule) => ({ path: placeOf(rule, path), rule }))
  const children = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    rulesOf(child, path === '' ? name : `${path}.${name}`),
  )
  return [...own, ...children, ...(schema.items === undefined ? [] : rulesOf(schema.items, `${path}[]`))]
}

function placeOf({ fieldPath }: CrdRule, path: string): string {
  if (fieldPath !== undefined) return fieldPath.slice(1)
  return path === '' ? 'metadata.name' : path
}

function typeOf(schema: CrdSchema): string {
  const { type = '', enum: choices, items, additionalProperties: values } = schema
  if (choices !== undefined) return choices.map((choice) => code(String(choice))).join(', ')
  if (items !== undefined) return formatList(schema, items)
  if (values !== undefined) return `map of ${range(undefined, schema.maxProperties)} ${plural(values)}`
  if (type === 'string') return schema.format ?? `string, ${range(schema.minLength, schema.maxLength)} long`
  return `${type} ${range(schema.minimum, schema.maximum)}`.trim()
}

function formatList(schema: CrdSchema, items: CrdSchema): string {
  const word = schema['x-kubernetes-list-type'] === 'set' ? 'set' : 'list'
  const keys = schema['x-kubernetes-list-map-keys']
  const by = keys === undefined ? '' : ` by ${keys.join()}`
  return `${word} of ${range(schema.minItems, schema.maxItems)} ${plural(items)}${by}`
}

function plural({ type, minLength, maxLength }: CrdSchema): string {
  return type === 'object' ? 'objects' : `strings, ${range(minLength, maxLength)} long`
}

function range(least: number | undefined, most: number | undefined): string {
  if (least !== undefined && most !== undefined) return `${least}–${most}`
  if (most !== undefined) return `≤ ${most}`
  return least === undefined ? '' : `≥ ${least}`
}
