/** A guide as something that can be run: its fenced blocks, in order. Pure. */

/** A fenced block. `info` is what follows the language on the first line, such as the name of a file. */
export interface Block {
  readonly language: string
  readonly info: string
  readonly text: string
  /** Of the opening fence, from 1. */
  readonly line: number
  /** The heading that it stands under. */
  readonly section: string
}

/** The fenced blocks of a page of Markdown. */
export function blocksOf(markdown: string): readonly Block[] {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  let section = ''
  for (let at = 0; at < lines.length; at += 1) {
    section = /^#+ (.*)$/.exec(lines[at] ?? '')?.[1] ?? section
    const fence = /^```([a-z]+) ?(.*)$/.exec(lines[at] ?? '')
    if (fence === null) continue
    const end = lines.indexOf('```', at + 1)
    if (end < 0) throw new Error(`the block of line ${at + 1} has no end`)
    const [, language = '', info = ''] = fence
    blocks.push({ language, info: info.trim(), text: lines.slice(at + 1, end).join('\n'), line: at + 1, section })
    at = end
  }
  return blocks
}

/**
 * A bash script that does what a reader of the page does: writes each `yaml` block that names a file, runs the `sh` blocks,
 * runs each `console` block's commands and compares the first line of what they print, the head of a table.
 */
export function scriptOf(blocks: readonly Block[]): string {
  return blocks.map((block) => [`at ${block.line}`, ...stepsOf(block)].join('\n')).join('\n')
}

function stepsOf({ language, info, text }: Block): readonly string[] {
  if (language === 'sh') return [text]
  if (language === 'yaml' && info !== '') return [`cat > ${info} <<'END-OF-BLOCK'`, text, 'END-OF-BLOCK']
  if (language === 'console') return consoleSteps(text)
  return []
}

function consoleSteps(text: string): readonly string[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => {
    if (!line.startsWith('$ ')) return []
    const head = lines[index + 1]
    const command = line.slice(2)
    return [head === undefined || head.startsWith('$ ') ? command : `shows ${quote(head)} ${quote(command)}`]
  })
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
