/** How a reconcile run ended. What is thrown instead counts as `retry`. */
export type Outcome =
  /** Nothing is owed until an event comes. Forgets the key's failures. */
  | { readonly kind: 'done' }
  /** Run again after this time (an event may come first). Forgets the key's failures. */
  | { readonly kind: 'again'; readonly afterMs: number }
  /** Failed; run again after the key's backoff. */
  | { readonly kind: 'retry'; readonly error: Error }
  /** Failed, and would fail again: not tried until an event comes. */
  | { readonly kind: 'terminal'; readonly error: Error }

export const done: Outcome = { kind: 'done' }

export function again(afterMs: number): Outcome {
  return { kind: 'again', afterMs }
}

export function retry(error: Error): Outcome {
  return { kind: 'retry', error }
}

export function terminal(error: Error): Outcome {
  return { kind: 'terminal', error }
}

/** Brings the object named `key` to what it should be. `signal` aborts at the time limit and when the program stops. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Outcome>
