import type { z } from 'zod'
import { type Parsed, problem } from './file-problem.ts'

/** Files of this release say so; another release's may mean something else by the same fields. */
const readVersion = 1
/** A long list that is wrong throughout is told by its first flaws. */
const mostFlaws = 3
const remedy = 'docs/reference/files.md has the format'

/**
 * Reads a versioned JSON file. What is wrong is one line: the first flaws, each with its place, and never a value.
 * @param name of the file, which begins the sentence.
 */
export function parseJsonFile<Value, Reason extends string>(
  { name, schema, reason }: { readonly name: string; readonly schema: z.ZodType<Value>; readonly reason: Reason },
  text: string,
): Parsed<Value, Reason> {
  if (text.trim() === '') return problem(reason, `${name} is empty; ${remedy}`)
  const json = parseJson(text)
  if (json === undefined) return problem(reason, `${name} is not JSON, or was cut short; ${remedy}`)
  const version = isFields(json) ? json['version'] : undefined
  if (typeof version === 'number' && version !== readVersion) {
    return problem(reason, `${name} is of version ${version}, and this release reads version ${readVersion}`)
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return { kind: 'ok', value: parsed.data }
  const flaws = parsed.error.issues.map(({ path, message }) => `${formatPlace(path)}: ${message}`)
  const rest = flaws.length - mostFlaws
  const more = rest > 0 ? ` (and ${rest} more)` : ''
  return problem(reason, `${name} can't be used: ${flaws.slice(0, mostFlaws).join('; ')}${more}; ${remedy}`)
}

/** The first that is there twice; undefined if none is. */
export function findTwice(texts: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return texts.find((text) => seen.size === seen.add(text).size)
}

/** `['devices', 0, 'port']` as `devices[0].port`. */
function formatPlace(path: readonly PropertyKey[]): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('')
  return place === '' ? 'the whole' : place.replace(/^\./, '')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
