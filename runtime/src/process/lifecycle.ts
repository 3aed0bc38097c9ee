import { ConfigError } from '../config.ts'
import { type Log, logField } from '../log.ts'
import { type Clock, systemClock } from '../machine/clock.ts'
import type { Closeable } from '../machine/resource.ts'
import { within } from '../machine/within.ts'
import { MeetingError } from '../net/meeting-folder.ts'
import { KeyFilesError } from './key-files.ts'

type SignalName = 'SIGTERM' | 'SIGINT'
type CrashName = 'uncaughtException' | 'unhandledRejection'

/** The part of `process` that lifecycle listens to. */
interface Signals {
  on(event: SignalName | CrashName, listener: (cause: unknown) => void): unknown
  off(event: SignalName | CrashName, listener: (cause: unknown) => void): unknown
}

export interface LifecyclePorts {
  readonly log: Log
  /** `process`, outside tests. */
  readonly signals: Signals
  /** Ends the process at once: on a second signal and on what nobody caught. */
  readonly exit: (code: number) => void
  readonly clock?: Clock
}

/** How a process ends; `docs/architecture.md` tells it to people. */
export const exitCode = {
  /** Stopped by a signal, everything closed. */
  stopped: 0,
  /** A part couldn't be opened, or an exception that nobody caught. */
  failed: 1,
  /** The environment or the key can't be used. */
  misconfigured: 2,
  /** Closing failed or took too long. */
  closeFailed: 3,
  /** A part crashed more often than it may; everything closed. */
  broken: 4,
  /** A second signal while closing. */
  forced: 130,
} as const

/** Time that closing may take: less than the 10 s that Docker leaves, and far less than Kubernetes' 30 s. */
const closeTimeoutMs = 8_000

/** What somebody has to mend before it is started again. */
const misconfigurations = [ConfigError, KeyFilesError, MeetingError] as const

/** A program that runs. */
export interface Stoppable extends Closeable {
  /** Aborted when the program can't do its work any more, and had better be started anew; unset if it always can. */
  readonly broken?: AbortSignal
}

type Started =
  | { readonly kind: 'running'; readonly program: Stoppable }
  | { readonly kind: 'failed'; readonly error: unknown }

/**
 * Starts a program and keeps it until SIGTERM or SIGINT, or until it is broken; resolves with the exit code when it is closed (or
 * can't be).
 * The signal given to `start` is aborted by a stop that comes before it is done.
 */
export async function runUntilStopped(
  start: (signal: AbortSignal) => Promise<Stoppable>,
  ports: LifecyclePorts,
): Promise<number> {
  const { log, signals, exit } = ports
  const stop = new AbortController()
  const onSignal = (cause: unknown): void => {
    if (stop.signal.aborted) {
      exit(exitCode.forced)
      return
    }
    log.info({ signal: cause }, 'stopping')
    stop.abort()
  }
  const onCrash = (cause: unknown): void => {
    log.fatal({ [logField.error]: cause, [logField.code]: 'ERR_INTERNAL' }, 'exception that nobody caught')
    exit(exitCode.failed)
  }
  const listeners = [
    ['SIGTERM', onSignal],
    ['SIGINT', onSignal],
    ['uncaughtException', onCrash],
    ['unhandledRejection', onCrash],
  ] as const
  for (const [event, listener] of listeners) signals.on(event, listener)
  try {
    return await runUntilAborted(start, stop.signal, ports)
  } finally {
    for (const [event, listener] of listeners) signals.off(event, listener)
  }
}

async function runUntilAborted(
  start: (signal: AbortSignal) => Promise<Stoppable>,
  stop: AbortSignal,
  { log, clock = systemClock }: LifecyclePorts,
): Promise<number> {
  const starting = start(stop).then(
    (program): Started => ({ kind: 'running', program }),
    (error: unknown): Started => ({ kind: 'failed', error }),
  )
  const first = await Promise.race([starting, aborted(stop)])
  if (first?.kind === 'failed') return logFailure(first.error, log)
  const broken = first?.kind === 'running' ? first.program.broken : undefined
  await Promise.race(broken === undefined ? [aborted(stop)] : [aborted(stop), aborted(broken)])
  const code = await closeInTime(starting, log, clock)
  return broken?.aborted === true && code === exitCode.stopped ? exitCode.broken : code
}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

async function closeInTime(starting: Promise<Started>, log: Log, clock: Clock): Promise<number> {
  const closing = starting.then(async (started) => {
    if (started.kind === 'running') await started.program.close()
    return exitCode.stopped
  })
  try {
    const ending = await within(clock, closeTimeoutMs, closing, 'late')
    if (ending !== 'late') return ending
    log.error({ timeoutMs: closeTimeoutMs }, 'closing took too long')
  } catch (error) {
    log.error({ [logField.error]: error }, 'closing failed')
  }
  return exitCode.closeFailed
}

function logFailure(error: unknown, log: Log): number {
  if (misconfigurations.some((kind) => error instanceof kind) && error instanceof Error) {
    log.fatal({ problem: error.message }, 'cannot run as configured')
    return exitCode.misconfigured
  }
  log.fatal({ [logField.error]: error, [logField.code]: 'ERR_INTERNAL' }, 'start failed')
  return exitCode.failed
}
