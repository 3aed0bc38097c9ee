import { isDeepStrictEqual } from 'node:util'
import type { Store } from '../../../storage/store.ts'
import type { Worker } from './machine.ts'
import { formatRow, parseRow, type WorkerRow } from './record.ts'

/** The registry on disk. A row is written when it differs from what is there, and not otherwise. */
export interface RegistryRows {
  /** Every row, those that were registered first first. Called once, before anything is written. */
  load(): Promise<readonly { readonly worker: Worker; readonly refused: readonly string[] }[]>
  /** Rejects if the row can't be written; it is as it was then. */
  save(worker: Worker, refused: readonly string[]): Promise<void>
  remove(workerId: string): Promise<void>
}

export function createRegistryRows(store: Store): RegistryRows {
  const written = new Map<string, WorkerRow>()
  return {
    async load() {
      const rows = []
      for await (const { key, value } of store.entries()) {
        const found = parseRow(value)
        const row = formatRow(found.worker, found.refused)
        if (row !== null) written.set(key, row)
        rows.push(found)
      }
      return rows.sort((a, b) => (a.worker.registeredAt ?? 0) - (b.worker.registeredAt ?? 0))
    },
    async save(worker, refused) {
      const row = formatRow(worker, refused)
      const before = written.get(worker.workerId)
      if (row === null || isDeepStrictEqual(row, before)) return
      written.set(worker.workerId, row)
      try {
        await store.put(worker.workerId, row)
      } catch (error) {
        if (before === undefined) written.delete(worker.workerId)
        else written.set(worker.workerId, before)
        throw error
      }
    },
    async remove(workerId) {
      if (written.delete(workerId)) await store.del(workerId)
    },
  }
}
