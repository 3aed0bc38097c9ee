import type { WorkerStatus } from '../contract/status.ts'
import { isMissing } from '../doctor/observe-patient.ts'
import type { Vigil } from '../doctor/vigil.ts'

/** Knows what ORK lacks, and tells its vigil. */
export interface Lookout {
  setWorker(worker: Pick<WorkerStatus, 'workerId' | 'state' | 'health'>): void
  removeWorker(workerId: string): void
  /** Something else has changed. */
  look(): void
}

/** `isFindable`: whether the DHT knows ORK, on files that agree. */
export function createLookout(vigil: Pick<Vigil, 'see'>, isFindable: () => boolean): Lookout {
  const missing = new Set<string>()
  const look = () => vigil.see(missing.size > 0 || !isFindable())
  return {
    setWorker(worker) {
      if (isMissing(worker)) missing.add(worker.workerId)
      else missing.delete(worker.workerId)
      look()
    },
    removeWorker(workerId) {
      missing.delete(workerId)
      look()
    },
    look,
  }
}
