import { backoffMs } from '../../machine/backoff.ts'
import type { Clock } from '../../machine/clock.ts'
import type { Random } from '../../machine/random.ts'
import type { Journal } from '../../storage/journal/journal.ts'
import { StoreError } from '../../storage/store.ts'

export interface OwedWritesPorts {
  readonly journal: Journal
  readonly clock: Clock
  readonly random: Random
  /** The record that is owed for a key; undefined when it isn't any more. */
  readonly recordOf: (key: string) => object | undefined
  /** A record that changes nothing: writing it finds out whether the journal can be written again. */
  readonly probe: { readonly key: string; readonly record: object }
  /** Told of each write that failed, and once (null) when one worked after others had failed. */
  readonly onWrite: (failure: StoreError | null) => void
}

const retry = { firstMs: 1_000, limitMs: 15_000 }

/** Writes to a journal that may fail for a time. There is a timer only as long as it does. */
export class OwedWrites {
  readonly #ports: OwedWritesPorts
  readonly #owed = new Set<string>()
  /** Failed tries to write again; 0 while writes work. */
  #tries = 0
  #cancelRetry: (() => void) | undefined
  #closed = false

  constructor(ports: OwedWritesPorts) {
    this.#ports = ports
  }

  /** Writes the record now. Rejects with a StoreError. */
  async write(key: string, record: object): Promise<void> {
    try {
      await this.#ports.journal.write(key, record)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.#onFailed(error)
      throw error
    }
    if (this.#tries > 0) this.#onRecovered()
  }

  /** Writes the record of the key, now or as soon as it can be. */
  owe(key: string): void {
    this.#owed.add(key)
    void this.#settle(key)
  }

  /** Records that couldn't be written yet. */
  get owed(): number {
    return this.#owed.size
  }

  close(): void {
    this.#closed = true
    this.#cancelRetry?.()
  }

  /** Whether the record is written, or isn't owed any more. */
  async #settle(key: string): Promise<boolean> {
    const record = this.#ports.recordOf(key)
    const written = record === undefined || (await this.#isWritten(key, record))
    if (written) this.#owed.delete(key)
    return written
  }

  async #isWritten(key: string, record: object): Promise<boolean> {
    try {
      await this.write(key, record)
      return true
    } catch (error) {
      if (error instanceof StoreError) return false
      throw error
    }
  }

  #onFailed(error: StoreError): void {
    const { clock, random, onWrite } = this.#ports
    onWrite(error)
    if (this.#closed || this.#cancelRetry !== undefined) return
    this.#tries += 1
    this.#cancelRetry = clock.after(backoffMs(this.#tries, retry, random), () => void this.#try())
  }

  #onRecovered(): void {
    this.#tries = 0
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
    this.#ports.onWrite(null)
    void this.#settleAll()
  }

  async #try(): Promise<void> {
    this.#cancelRetry = undefined
    const { key, record } = this.#ports.probe
    await this.#isWritten(key, record)
  }

  async #settleAll(): Promise<void> {
    for (const key of [...this.#owed]) if (!(await this.#settle(key))) return
  }
}
