// Tells whether applying an object would change anything, from the object alone: no read, no write, no memory of what was
// applied before, so that it is true after a restart too.
// `managedFields` of our field manager lists exactly the fields that our last apply sent, and with them how each list is
// merged. So the walk goes over desired, live and owned side by side, and needs no schema:
//   A1 what is desired is in live
//   A2 what is desired is owned: another writer that changed a field took it over
//   A3 what is owned is desired: a field that isn't sent any more must be given up, and the server removes it
import { isFields } from './parse-object.ts'
import { parseQuantity } from './quantity.ts'
import type { KubeObject } from './types.ts'

type Fields = Record<string, unknown>

/** Fields that name the object; they aren't in `managedFields`. */
const naming = ['apiVersion', 'kind']
const namingMetadata = ['name', 'namespace']
/** Below these, strings are amounts, which the server may write in another way: `1000m` is `1`. */
const amounts = new Set(['requests', 'limits', 'capacity', 'sizeLimit'])

/** `live` is an object of `parseObject`: its `managedFields` are our own. */
export function isApplied(desired: KubeObject, live: KubeObject): boolean {
  const owned: unknown = live.metadata.managedFields?.[0]?.fieldsV1
  if (!isFields(owned)) return false
  const sent = { ...without(desired, naming), metadata: without(desired.metadata, namingMetadata) }
  return sameMap(sent, live, owned, false)
}

function same(desired: unknown, live: unknown, owned: unknown, amount: boolean): boolean {
  // The server may leave out what says nothing, and its owner with it.
  if (live === undefined && isZero(desired)) return true
  if (!isFields(owned)) return false // A2
  if (Array.isArray(desired)) return Array.isArray(live) && sameList(desired, live, owned)
  if (!isFields(desired) || Object.keys(owned).length === 0) return covers(desired, live, amount)
  return isFields(live) && sameMap(desired, live, owned, amount)
}

function sameMap(desired: object, live: object, owned: Fields, amount: boolean): boolean {
  const wanted = entriesOf(desired)
  const actual: ReadonlyMap<string, unknown> = new Map(Object.entries(live))
  const names = new Set(wanted.map(([name]) => `f:${name}`))
  if (!Object.keys(owned).every((name) => name === '.' || names.has(name))) return false // A3
  return wanted.every(([name, value]) => same(value, actual.get(name), owned[`f:${name}`], amount || amounts.has(name)))
}

/** A list is merged by key (`k:` with the key fields as JSON), a set (`v:` with the value), or owned as one (empty). */
function sameList(desired: readonly unknown[], live: readonly unknown[], owned: Fields): boolean {
  const parts = Object.entries(owned).filter(([name]) => name !== '.')
  if (parts.length === 0) return covers(desired, live, false)
  if (parts.length !== desired.length) return false // A2, A3
  const keyed = parts.flatMap(([name, fields]) =>
    name.startsWith('k:') ? [{ key: parseKeyFields(name), fields }] : [],
  )
  return desired.every((element) => {
    if (!isFields(element)) return `v:${JSON.stringify(element)}` in owned && live.includes(element)
    const part = keyed.find(({ key }) => matches(element, key))
    const found = part && live.find((candidate) => isFields(candidate) && matches(candidate, part.key))
    return part !== undefined && same(element, found, part.fields, false)
  })
}

function parseKeyFields(name: string): readonly [string, unknown][] {
  const key: unknown = JSON.parse(name.slice(2))
  return isFields(key) ? Object.entries(key) : []
}

/** Whether the element has the key. A key field that desired leaves out has its default there. */
function matches(element: Fields, key: readonly [string, unknown][]): boolean {
  return key.every(([name, value]) => (element[name] ?? value) === value)
}

/** A1 alone. Where a list is owned as a whole its elements may only have defaults besides. */
function covers(desired: unknown, live: unknown, amount: boolean): boolean {
  if (live === undefined) return isZero(desired)
  if (Array.isArray(desired)) {
    if (!Array.isArray(live) || live.length !== desired.length) return false
    return desired.every((element, at) => covers(element, live[at], amount))
  }
  if (isFields(desired)) {
    if (!isFields(live)) return false
    return entriesOf(desired).every(([name, value]) => covers(value, live[name], amount || amounts.has(name)))
  }
  return desired === live || (amount && sameAmount(desired, live))
}

function sameAmount(desired: unknown, live: unknown): boolean {
  const [wanted, actual] = [parseQuantity(String(desired)), parseQuantity(String(live))]
  return wanted !== null && wanted === actual
}

function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

function entriesOf(fields: object): [string, unknown][] {
  return Object.entries(fields).filter(([, value]) => value !== undefined)
}

function without(fields: object, names: readonly string[]): object {
  return Object.fromEntries(entriesOf(fields).filter(([name]) => !names.includes(name)))
}
