import type { FileProblem } from '../contract/file-problem.ts'

/** A value that is read from watched files and follows them. */
export interface WatchedValue<Value> {
  /** What is in use now; null if there was never anything usable. */
  current(): Value | null
  /** Hash of the content that `current()` was made from (`contract/folder-hash.ts`). */
  hash(): string | null
  /** Why the files as they are now can't be used; `current()` may still be an older, good value. */
  problem(): FileProblem | null
  /** Calls after each change of `current()` or `problem()`, never at once. Returns what ends it. */
  subscribe(onChange: () => void): () => void
}

/** What was made of the files: `value` is null if nothing usable is there. Both may be set (one of several files is bad). */
export interface Reading<Value> {
  readonly value: Value | null
  readonly problem: FileProblem | null
  readonly hash: string | null
}

export interface MutableValue<Value> extends WatchedValue<Value> {
  set(reading: Reading<Value>): void
}

/** A watched value that starts with `initial`. */
export function createWatchedValue<Value>(initial: Reading<Value>): MutableValue<Value> {
  let reading = initial
  const listeners = new Set<() => void>()
  return {
    current: () => reading.value,
    hash: () => reading.hash,
    problem: () => reading.problem,
    subscribe(onChange) {
      const listener = (): void => onChange()
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    set(next) {
      reading = next
      for (const listener of [...listeners]) listener()
    },
  }
}
