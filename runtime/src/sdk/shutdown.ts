/**
 * Ending a program that embeds parts of a site.
 *
 * E1  The exit code is honest: 0 only if everything was closed (`process/lifecycle.ts` has the others).
 * E2  It ends in any case: when closing takes too long, and at once on a second signal.
 */
import type { Closeable } from '../machine/resource.ts'
import { exitCode } from '../process/lifecycle.ts'

type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

export interface OnShutdownOptions {
  /** SIGINT and SIGTERM unless given. */
  readonly signals?: readonly SignalName[]
  /**
   * Time that closing may take; 8 s unless given, as for every program here: ORK gives commands under way 2 s and App Node answers
   * for 3 s. (Upstream's 3 s would cut both short.)
   */
  readonly forceMs?: number
}

/** Runs `close` once, on the first signal, and ends the process. Returns what takes that back. */
export function onShutdown(
  close: () => Promise<void> | void,
  { signals = ['SIGINT', 'SIGTERM'], forceMs = 8_000 }: OnShutdownOptions = {},
): () => void {
  let stopping = false
  const stop = async (): Promise<void> => {
    // E1: the timer keeps the process alive. Else it would end with 0 when nothing else does and `close` is still under way.
    setTimeout(() => process.exit(exitCode.closeFailed), forceMs)
    try {
      await close()
      process.exit(exitCode.stopped)
    } catch (error) {
      process.stderr.write(`closing failed: ${error instanceof Error ? error.message : String(error)}\n`)
      process.exit(exitCode.closeFailed)
    }
  }
  const onSignal = (): void => {
    // E2
    if (stopping) process.exit(exitCode.forced)
    stopping = true
    void stop()
  }
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

/**
 * Closes what was started, in this order: App Node, ORK, workers. Null and undefined stand for what never was. Everything is
 * closed, whatever fails; then the first failure is thrown.
 */
export async function shutdown(...handles: readonly (Closeable | null | undefined)[]): Promise<void> {
  const failures: unknown[] = []
  for (const handle of handles) {
    try {
      await handle?.close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
