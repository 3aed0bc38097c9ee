/** How a reconcile run ended. What is thrown instead counts as `retry`. */
export type Outcome =
  /** Nothing is owed until an event comes. Forgets the key's failures. */
  | { readonly kind: 'done' }
  /** Run again after this time (an event may come first). Forgets the key's failures. */
  | { readonly kind: 'again'; readonly afterMs: number }
  /** Failed; run again after the key's backoff, or after this time if that is earlier. */
  | { readonly kind: 'retry'; readonly error: Error; readonly atLatestMs?: number }

export const done: Outcome = { kind: 'done' }

export function again(afterMs: number): Outcome {
  return { kind: 'again', afterMs }
}

/** `atLatestMs`: when something else is due; null for nothing. */
export function retry(error: Error, atLatestMs: number | null = null): Outcome {
  return { kind: 'retry', error, ...(atLatestMs !== null && { atLatestMs }) }
}

/** Brings the object named `key` to what it should be. `signal` aborts at the time limit and when the program stops. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Outcome>
