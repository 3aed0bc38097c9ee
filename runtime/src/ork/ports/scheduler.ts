/** When a key's next turn begins. */
export type Next =
  /** When it is woken. */
  | 'rest'
  /** So long after the end of this one. */
  | { readonly afterMs: number }
  /** So long after the beginning of this one, give or take a tenth. */
  | { readonly everyMs: number }

export interface JobSpec {
  /** In logs and metrics; each job has its own. */
  readonly name: string
  /** How many turns may be under way, over all keys. */
  readonly limit: number
  /** One turn of a key. What it rejects with is a bug: it is told, and the key's next turn comes after a back-off. */
  readonly run: (key: string) => Promise<Next>
}

/** Work that is done again and again, for each of its keys. */
export interface Job {
  /** Begins a turn of the key as soon as there is room. */
  wake(key: string): void
  /** Begins a turn of the key after a time, or when it is woken before. */
  wakeAfter(key: string, delayMs: number): void
  /** No turn of the key begins any more, until it is woken again. */
  delete(key: string): void
  /** Nothing is begun any more; what is under way ends by itself. */
  close(): void
}

/** All work at intervals goes through it. */
export interface Scheduler {
  addJob(spec: JobSpec): Job
}
