/** A reference page with a title and a line that says where it comes from. */
export function formatPage(title: string, source: string, ...parts: readonly string[]): string {
  const note = `<!-- Written by \`npm run generate\` from ${source}; edit the source, not this page. -->`
  return [`# ${title}`, note, ...parts].join('\n\n') + '\n'
}

/** A table; cells may hold Markdown. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Bars would end the cell; `<name>` outside code would vanish as HTML. */
function escapeCell(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll(/(`[^`]*`)|</g, (_, codeSpan?: string) => codeSpan ?? '&lt;')
}

export function code(text: string | number): string {
  return `\`${text}\``
}
