import { type Conflict, createDeviceIndex } from './device-index.ts'
import type { Worker } from './machine.ts'

/** The site's workers in memory, found by name, key and device. */
export class WorkerTable {
  readonly #workers = new Map<string, Worker>()
  readonly #byKey = new Map<string, string>()
  readonly #devices = createDeviceIndex()
  #sharing: ReadonlyMap<string, string> = new Map()

  /** Puts the worker as it is now. Returns the ids of all whose devices this changed, its own first. */
  put(worker: Worker): readonly string[] {
    const before = this.#workers.get(worker.workerId)
    this.#workers.set(worker.workerId, worker)
    if (before !== undefined && before.publicKey !== worker.publicKey) this.#indexKeys()
    else if (before === undefined && !this.#sharing.has(worker.workerId)) {
      this.#byKey.set(worker.publicKey, worker.workerId)
    }
    return [worker.workerId, ...this.#devices.claim(worker.workerId, worker.claims)]
  }

  /**
   * Puts workers that are read from disk. Devices that a worker was refused come last, so that each device stays with the
   * worker that had it.
   */
  restore(rows: readonly { readonly worker: Worker; readonly refused: readonly string[] }[]): void {
    for (const { worker, refused } of rows) {
      const others = new Set(refused)
      const owned = worker.claims.filter((deviceId) => !others.has(deviceId))
      this.put({ ...worker, claims: owned })
    }
    for (const { worker } of rows) this.put(worker)
  }

  /** Returns the ids of all whose devices this changed, its own first. */
  remove(workerId: string): readonly string[] {
    const before = this.#workers.get(workerId)
    this.#workers.delete(workerId)
    if (before !== undefined && this.#byKey.get(before.publicKey) === workerId) this.#byKey.delete(before.publicKey)
    return [workerId, ...this.#devices.release(workerId)]
  }

  /** Names workers whose key is another one's: a key is the first one's alone. */
  setSharing(sharing: ReadonlyMap<string, string>): void {
    this.#sharing = sharing
    this.#indexKeys()
  }

  /** Whose key the worker's is; undefined if it is its own. */
  keyHolderBefore(workerId: string): string | undefined {
    return this.#sharing.get(workerId)
  }

  find(workerId: string): Worker | undefined {
    return this.#workers.get(workerId)
  }

  all(): IterableIterator<Worker> {
    return this.#workers.values()
  }

  ofKey(publicKey: string): Worker | undefined {
    return this.find(this.#byKey.get(publicKey) ?? '')
  }

  ofDevice(deviceId: string): Worker | undefined {
    return this.find(this.#devices.ownerOf(deviceId) ?? '')
  }

  devicesOf(workerId: string): readonly string[] {
    return this.#devices.devicesOf(workerId)
  }

  conflictsOf(workerId: string): readonly Conflict[] {
    return this.#devices.conflictsOf(workerId)
  }

  /** Which of its claims a worker wouldn't get, since another one has them. */
  refusedOf({ workerId, claims }: Worker): readonly string[] {
    return claims.filter((deviceId) => (this.#devices.ownerOf(deviceId) ?? workerId) !== workerId)
  }

  get count(): number {
    return this.#workers.size
  }

  get deviceCount(): number {
    return this.#devices.size
  }

  #indexKeys(): void {
    this.#byKey.clear()
    for (const { workerId, publicKey } of this.#workers.values()) {
      if (!this.#sharing.has(workerId)) this.#byKey.set(publicKey, workerId)
    }
  }
}
