import type { Change, Range, Store } from './store.ts'

/** A change with its value as JSON; null deletes. */
export interface TextChange {
  readonly key: string
  readonly text: string | null
}

export interface TextEntry {
  readonly key: string
  readonly text: string
}

/** What a store is made of: one flat map of texts, in the order of the keys' UTF-8 bytes. May throw instead of rejecting. */
export interface Backing {
  get(key: string): Promise<string | undefined>
  write(changes: readonly TextChange[]): Promise<void>
  entries(range: Range): AsyncIterable<TextEntry> | Iterable<TextEntry>
}

/**
 * A store (or a sub of one) over a flat map: its keys have the names of the subs before them, each with a slash. Values become
 * text at the call, so that what changes in them later doesn't matter, and what JSON can't say fails its own call only.
 */
export function storeOver(backing: Backing, prefix = ''): Store {
  const inside = (key: string) => prefix + checkedKey(key)
  const write = (changes: readonly Change[]) =>
    backing.write(changes.map((change) => ({ key: inside(change.key), text: formatValue(change) })))
  return {
    get: async (key) => parseValue(await backing.get(inside(key))),
    put: async (key, value) => write([{ type: 'put', key, value }]),
    del: async (key) => write([{ type: 'del', key }]),
    batch: async (changes) => write(changes),
    async *entries(range = {}) {
      for await (const { key, text } of backing.entries(rangeInside(prefix, range))) {
        yield { key: key.slice(prefix.length), value: parseValue(text) }
      }
    },
    sub(name) {
      if (!/^[a-z0-9-]+$/.test(name)) throw new TypeError(`'${name}' cannot name a sub-store; use a-z, 0-9 and '-'`)
      return storeOver(backing, `${prefix}${name}/`)
    },
  }
}

function rangeInside(prefix: string, range: Range): Range {
  if (prefix === '') return range
  const { from = '', to, ...rest } = range
  return { ...rest, from: prefix + from, to: to === undefined ? afterPrefix(prefix) : prefix + to }
}

/** The first key after all that begin with the prefix: a prefix ends with a slash, and '0' follows the slash. */
function afterPrefix(prefix: string): string {
  return `${prefix.slice(0, -1)}0`
}

function checkedKey(key: string): string {
  if (key === '') throw new TypeError('a key cannot be empty')
  return key
}

function formatValue(change: Change): string | null {
  if (change.type === 'del') return null
  const text: unknown = JSON.stringify(change.value ?? undefined)
  if (typeof text === 'string') return text
  throw new TypeError(`the value of '${change.key}' cannot be kept: ${String(change.value)} is no JSON, or null`)
}

function parseValue(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text)
}
