import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Watches whether the event loop turns. */
export interface LoopWatch {
  /** The longest time in milliseconds that the loop stood still since this was last asked. */
  longestStallMs(): number
  close(): void
}

export function startLoopWatch(): LoopWatch {
  const delays = monitorEventLoopDelay({ resolution: 100 })
  delays.enable()
  return {
    longestStallMs() {
      const longestMs = delays.max / 1e6
      delays.reset()
      return longestMs
    },
    close: () => void delays.disable(),
  }
}
