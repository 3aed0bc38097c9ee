import { type DestinationStream, pino, stdTimeFunctions } from 'pino'
import type { Log } from './engine/log.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** Fields that are blanked wherever they are logged by mistake, up to three objects deep. */
const secretFields = ['seed', 'secretKey', 'token', 'tokens', 'topic', 'password', 'data', 'authorization']

/** A log of one JSON object a line: `level` as a word, `time` in ISO 8601, `msg`, and `err` for an Error. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: { service: 'operator' },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}
