/**
 * A keyed log: the latest record of each key is what counts. It holds what a process must still know after it was killed, for as
 * long as it must, such as the commands that it has accepted.
 *
 * - J1: what `write` has resolved for is there when the journal is opened again, with its latest record, until it is forgotten.
 * - J2: a record that a later one of its key has replaced never comes back.
 * - J3: what `write` has rejected for isn't there; the record before it counts, and the caller may try again.
 */
export interface Journal {
  /**
   * Writes the record as the latest of its key, in the order of the calls. What changes in it after the call doesn't matter.
   * Resolves when it is as durable as the journal promises. Rejects with a StoreError if it can't be written, with a TypeError
   * if it can't be kept: a key is a well-formed text of 1 to 1,024 bytes of UTF-8, a record an object, or the JSON of one, of at
   * most 16 MiB of JSON.
   */
  write(key: string, record: object | string): Promise<void>
  /**
   * What has been written for the key up to now isn't needed any more: its space may be used again. This is not on disk: when the
   * journal is opened again the record may be there, and its owner forgets it again.
   */
  forget(key: string): void
  /** Waits for the writes under way; later ones reject. */
  close(): Promise<void>
}

/** The latest record of a key; its owner parses it. */
export interface JournalEntry {
  readonly key: string
  readonly record: unknown
}

/** A journal, and what it knew when it was opened. */
export interface OpenedJournal {
  readonly journal: Journal
  /** In the order of their last write. */
  readonly entries: readonly JournalEntry[]
  /** It was made by this opening: there is no memory of a life before. */
  readonly isNew: boolean
  /** Records that were acknowledged may be missing: it was written with durability `fast`, and the machine has started anew since. */
  readonly mayLackWrites: boolean
}

/**
 * What an acknowledged record survives. `fast`: the end of the process in any way, as the bytes are with the operating system.
 * `powerLoss`: also a power cut and a crash of the machine, as they are on the device.
 */
export type Durability = 'fast' | 'powerLoss'

/** What was cut off: the end of a write that a kill or a power cut has stopped, or what a power cut has left after it. */
export interface Cut {
  readonly file: string
  /** Where in the file the cut was made. */
  readonly offset: number
  readonly sizeBytes: number
}
