/** The part of a log that a module needs: constant messages in lower case, what varies in fields. */
export interface ModuleLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}
