import { type FileProblem, type Parsed, problem, withoutFinalNewline } from './file-problem.ts'

/**
 * Reads a token file: bearer tokens, one a line, each 20 to 200 characters of `A-Za-z0-9._~+/=-`.
 * Several lines let a token be replaced without a gap. An empty or missing file admits nobody.
 */
export function parseTokens(name: string, text: string | undefined): Parsed<readonly string[], 'TokensMalformed'> {
  const lines = withoutFinalNewline(text ?? '').split(/\r?\n/)
  if (lines.every((line) => line === '')) {
    return problem('TokensMalformed', `key '${name}' is empty or missing; it must hold one token a line`)
  }
  if (!lines.every((line) => /^[A-Za-z0-9._~+/=-]{20,200}$/.test(line))) {
    return problem(
      'TokensMalformed',
      `key '${name}' must hold one token a line, each 20 to 200 letters, digits or ._~+/=-`,
    )
  }
  return { kind: 'ok', value: lines }
}

/** A token under both names would let whoever is to read command too. The sentence names neither. */
export function findSharedToken(
  read: readonly string[],
  command: readonly string[],
): FileProblem<'TokensMalformed'> | null {
  if (!read.some((token) => command.includes(token))) return null
  return problem(
    'TokensMalformed',
    "a token is under both 'read' and 'command', so that whoever has it to read could command; give each its own",
  )
}
