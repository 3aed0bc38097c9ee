import { readFileSync } from 'node:fs'

type Fields = Readonly<Record<string, unknown>>

/** The golden request and reply of an action. */
export function readGolden(
  folder: 'ork' | 'worker',
  action: string,
): { readonly request: Fields; readonly reply: Fields } {
  const url = new URL(`../../src/protocol/golden/${folder}/${action}.json`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')) as { request: Fields; reply: Fields }
}

/** What a reply lacks of a golden one: fields that aren't there, or are of another type. Null is of every type. */
export function missingOf(golden: Fields, reply: Fields): readonly string[] {
  return Object.entries(golden).flatMap(([field, value]) => {
    if (!(field in reply)) return [`${field} is missing`]
    const [wanted, found] = [typeOf(value), typeOf(reply[field])]
    return wanted === found || wanted === 'null' || found === 'null' ? [] : [`${field} is ${found}, not ${wanted}`]
  })
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
