import { CommandFailed } from './command.ts'
import { PrerequisiteMissing } from './prerequisites.ts'

/** What a person reads of an error that ends a program: a message that says it all, or, of a bug, where it is. */
export function formatFailure(error: unknown): string {
  if (error instanceof PrerequisiteMissing || error instanceof CommandFailed) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
