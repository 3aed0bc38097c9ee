import { dump } from 'js-yaml'
import { code, formatTable } from '../markdown.ts'
import { isValue, type JsonSchema, treeOf, type Value, type ValueTree } from './value.ts'

const lineWidth = 120

/** values.yaml: every setting with its default, and what it is for above it. */
export function formatValuesYaml(values: readonly Value[]): string {
  return formatGroup(treeOf(values), '').join('\n').trimStart() + '\n'
}

function formatGroup(tree: ValueTree, indent: string): string[] {
  return Object.entries(tree).flatMap(([name, node]) => {
    const isTop = indent === ''
    const lines = isValue(node) ? formatSetting(name, node) : [`${name}:`, ...formatGroup(node, '  ')]
    return [...(isTop ? [''] : []), ...lines.map((line) => (line === '' ? '' : `${indent}${line}`))]
  })
}

function formatSetting(name: string, { default: byDefault, description }: Value): string[] {
  const yaml = dump({ [name]: byDefault }, { noRefs: true, lineWidth })
  return [
    ...wrap(description.replaceAll('`', ''), lineWidth - 8).map((line) => `# ${line}`),
    ...yaml.trimEnd().split('\n'),
  ]
}

/** Lines of whole words, none longer than `width` unless a word is. */
function wrap(sentence: string, width: number): string[] {
  const lines: string[] = []
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** values.schema.json: no setting but these, each of its own shape. */
export function formatValuesSchema(title: string, values: readonly Value[]): string {
  return formatSchema(title, groupSchema(treeOf(values)).properties)
}

/** values.schema.json of a chart with these values. */
export function formatSchema(title: string, properties: Readonly<Record<string, JsonSchema>>): string {
  const root = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title,
    type: 'object',
    additionalProperties: false,
    // Helm puts `global` into the values of a chart that is part of another one.
    properties: { ...properties, global: { type: 'object' } },
  }
  const indented = JSON.stringify(root, null, 2)
  // Lists of words stand on one line, as the repository's formatter has them.
  const joined = indented.replaceAll(/\[\n\s+([^[\]{}]+?)\s+\]/g, (_, items: string) => {
    return `[${items.replaceAll(/\s*\n\s*/g, ' ')}]`
  })
  return `${joined}\n`
}

interface GroupSchema extends JsonSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>
}

function groupSchema(tree: ValueTree): GroupSchema {
  const properties: Record<string, JsonSchema> = {}
  for (const [name, node] of Object.entries(tree)) {
    properties[name] = isValue(node) ? { description: node.description, ...node.schema } : groupSchema(node)
  }
  return { type: 'object', additionalProperties: false, properties }
}

/** The table of all settings for the README. */
export function formatValuesTable(values: readonly Value[]): string {
  const rows = values.map(({ path, default: byDefault, description }) => [
    code(path),
    code(JSON.stringify(byDefault)),
    description,
  ])
  return formatTable(['value', 'default', 'what it does'], rows)
}
