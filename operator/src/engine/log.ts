/** What varies in a log line. Never holds a secret. */
export type LogFields = Readonly<Record<string, unknown>>

/** A constant message in lower case, with what varies in fields. An Error goes into the field `err`. */
export type LogLine = (fields: LogFields, message: string) => void

/** What everybody takes that logs. A pino logger is one. */
export interface Log {
  readonly debug: LogLine
  readonly info: LogLine
  readonly warn: LogLine
  readonly error: LogLine
}

/** Says nothing. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

function ignore(): void {
  // a log line that nobody wants
}
