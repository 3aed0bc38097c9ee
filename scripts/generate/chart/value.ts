/** A JSON Schema, draft 7: the newest that every Helm from 3.0 on reads. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/** One setting of the chart. */
export interface Value {
  /** Where it is in values.yaml, such as `image.tag`. */
  readonly path: string
  readonly default: unknown
  /** For people: what it does and when to change it, in whole sentences. */
  readonly description: string
  readonly schema: JsonSchema
}

/** Values by the segments of their paths. */
export interface ValueTree {
  readonly [name: string]: Value | ValueTree
}

/** Throws if a path is named twice or is both a setting and a group. */
export function treeOf(values: readonly Value[]): ValueTree {
  const tree: Record<string, Value | ValueTree> = {}
  const groups = new Map<string, Record<string, Value | ValueTree>>([['', tree]])
  for (const value of values) {
    const segments = value.path.split('.')
    const name = segments.pop() ?? ''
    const group = groupOf(segments, groups)
    if (name in group) throw new Error(`the value ${value.path} is there already`)
    group[name] = value
  }
  return tree
}

export function isValue(node: Value | ValueTree): node is Value {
  return typeof node['path'] === 'string'
}

function groupOf(
  segments: readonly string[],
  groups: Map<string, Record<string, Value | ValueTree>>,
): Record<string, Value | ValueTree> {
  const path = segments.join('.')
  const known = groups.get(path)
  if (known !== undefined) return known
  const parent = groupOf(segments.slice(0, -1), groups)
  const name = segments.at(-1) ?? ''
  if (name in parent) throw new Error(`the value ${path} is a setting, so ${path}.* can't be`)
  const group: Record<string, Value | ValueTree> = {}
  parent[name] = group
  groups.set(path, group)
  return group
}
