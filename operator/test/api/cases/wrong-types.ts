import { load } from 'js-yaml'
import { acceptedCases } from './accepted-cases.ts'
import type { CaseKind } from './admission-case.ts'

/** A whole spec with one value of another type than its field. */
export interface WrongType {
  readonly kind: CaseKind
  readonly field: string
  /** What stands there, in the API server's word. */
  readonly found: 'string' | 'integer'
  readonly wanted: string
  readonly spec: unknown
}

/** Specs in which every field has a value. */
const complete = acceptedCases.filter(({ title }) => / with everything$| of racks by (name|labels)$/.test(title))

/** For every value of every complete spec: text where something else belongs, and a number where text does. */
export const wrongTypes: readonly WrongType[] = complete.flatMap(({ kind, spec = '{}' }) =>
  pathsOf(load(spec)).map(({ path, value }) => {
    const wanted = typeOf(value)
    const [wrong, found] = wanted === 'string' ? ([80, 'integer'] as const) : (['80', 'string'] as const)
    return { kind, field: formatField(path), found, wanted, spec: replaceAt(load(spec), path, wrong) }
  }),
)

type Path = readonly (string | number)[]

function pathsOf(value: unknown, path: Path = []): readonly { path: Path; value: unknown }[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }]
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => pathsOf(item, [...path, index]))
    : Object.entries(value).flatMap(([name, item]) => pathsOf(item, [...path, name]))
  return [{ path, value }, ...inner]
}

function replaceAt(value: unknown, [first, ...rest]: Path, wrong: unknown): unknown {
  if (first === undefined) return wrong
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === first ? replaceAt(item, rest, wrong) : item))
  const fields = value as Record<string, unknown>
  return { ...fields, [first]: replaceAt(fields[first], rest, wrong) }
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'number' ? 'integer' : typeof value
}

/** `['devices', 0, 'name']` as `spec.devices[0].name`. */
function formatField(path: Path): string {
  return path.reduce<string>((text, key) => text + (typeof key === 'number' ? `[${key}]` : `.${key}`), 'spec')
}
