import type { Clock } from './clock.ts'

/** A signal that aborts at a time limit or with its parent, whichever comes first. */
export interface Deadline {
  readonly signal: AbortSignal
  /** Whether the time limit, and not the parent, aborted it. */
  readonly passed: boolean
  /** Lets go of the timer and of the parent. */
  clear(): void
}

/** `AbortSignal.any` with a timeout, on an injected clock and without keeping a long-lived parent's memory busy. */
export function startDeadline(clock: Clock, limitMs: number, what: string, parent?: AbortSignal): Deadline {
  const controller = new AbortController()
  let passed = false
  const cancel = clock.after(limitMs, () => {
    passed = true
    controller.abort(new Error(`${what} took longer than ${limitMs / 1_000} s`))
  })
  const follow = () => controller.abort(parent?.reason)
  if (parent?.aborted === true) follow()
  parent?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    get passed() {
      return passed
    },
    clear: () => {
      cancel()
      parent?.removeEventListener('abort', follow)
    },
  }
}
