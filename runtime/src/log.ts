import { type DestinationStream, pino, stdTimeFunctions } from 'pino'
import type { LogLevel } from './config.ts'
import type { Service } from './contract/env.ts'

/** Names of the fields that several places log, so that one search finds a worker, device or command everywhere. */
export const logField = {
  service: 'service',
  /** Public key in hex of this process or of the peer that the line is about. */
  publicKey: 'publicKey',
  workerId: 'workerId',
  deviceId: 'deviceId',
  commandId: 'commandId',
  /** Names the request of a client in the log of everybody who took part: the `id` of its envelope, `x-request-id` over HTTP. */
  correlationId: 'correlationId',
  /** A folder of `contract/file-layout.ts`. */
  folder: 'folder',
  /** Content hash of what was read. */
  hash: 'hash',
  /** A code of `contract/error-codes.ts`, or the PascalCase reason of a file problem. */
  code: 'code',
  /** An Error: logged with type, message and stack. */
  error: 'err',
} as const

/** What varies in a log line. Never holds a secret; `secretFields` are blanked all the same. */
type LogFields = Readonly<Record<string, unknown>>

/** A constant message in lower case, with what varies in fields. */
interface LogLine {
  (message: string): void
  (fields: LogFields, message: string): void
}

/** What everybody takes that logs. */
export interface Log {
  readonly debug: LogLine
  readonly info: LogLine
  readonly warn: LogLine
  readonly error: LogLine
  readonly fatal: LogLine
  /** A log whose lines all have these fields. */
  child(fields: LogFields): Log
}

export interface LogOptions {
  readonly level: LogLevel
  /** A `Service`, or `mdk` where it isn't known yet. */
  readonly service: Service | 'mdk'
  /** Fields of every line, such as the worker's id and rack. */
  readonly fields?: LogFields
  /** Standard output, unless given. */
  readonly destination?: DestinationStream
}

/** Names of fields that are blanked wherever they are logged by mistake, up to three objects deep. */
const secretFields = ['seed', 'secretKey', 'token', 'tokens', 'topic', 'password', 'credentials', 'authorization']

/** A log of one JSON object a line: `level` as a word, `time` in ISO 8601, `service`, `msg`. */
export function createLog({ level, service, fields = {}, destination }: LogOptions): Log {
  const options = {
    level,
    base: { [logField.service]: service, ...fields },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[secret]',
    },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** A log that says nothing, for tests and for programs embedded in another. */
export const silentLog: Log = pino({ level: 'silent' })
