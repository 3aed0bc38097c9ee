import type { AppNodeTokens } from '../process/file-readers.ts'
import { bearerOf, isOneOf } from '../process/token-check.ts'

/** What a token allows: `command` includes `read`. */
export type Right = 'read' | 'command'

/** The right that an Authorization header gives; null if its token is missing or not valid, or nobody has one. */
export function rightOf(authorization: string | undefined, tokens: AppNodeTokens | null): Right | null {
  const token = bearerOf(authorization)
  if (token === null || tokens === null) return null
  const commands = isOneOf(token, tokens.command)
  const reads = isOneOf(token, tokens.read)
  if (commands) return 'command'
  return reads ? 'read' : null
}
