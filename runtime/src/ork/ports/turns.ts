/** What a command takes up. */
export interface Need {
  readonly commandId: string
  /** Who sent it, for fairness; '' if nobody knows. */
  readonly caller: string
  readonly workerId: string
  /** The devices that it acts on, each once; empty for one that acts on the worker itself. */
  readonly devices: readonly string[]
  /** About how much memory it takes. */
  readonly sizeBytes: number
}

/**
 * Which command may go next. A command enters with a place (`reserved`), waits (`queue`) until it is `take`n, is under way then,
 * and `end`s. Ids that aren't held are a bug of the caller, and throw.
 */
export interface Turns {
  /** `started` only if `canStart`: it is under way at once. `full`: there is no place, and nothing is held. */
  enter(need: Need, canStart: boolean): 'started' | 'reserved' | 'full'
  /** A command of an earlier process waits, whatever the limits: it was accepted before. */
  restore(need: Need): void
  /** A command that has a place waits from now on, where it would be if it had waited since it entered. */
  queue(commandId: string): void
  /** The next command, which is under way from now on; undefined if none can go. */
  take(workerId: string): string | undefined
  /** A command that is under way waits again, before all that came later. */
  yield(commandId: string): void
  /** A command that waits has but its place, until `queue`. */
  withdraw(commandId: string): void
  end(commandId: string): void
  /** Forgets what is known of workers for which there is nothing to do. */
  tidy(): void
}
