import { isDeepStrictEqual } from 'node:util'
import type { Diagnosis } from '../contract/diagnosis.ts'
import type { OrkStatus, OrkStatusLine, WorkerStatus } from '../contract/status.ts'
import type { StatusSource } from './status-source.ts'

/** ORK's status as a source. Setting what is already there changes nothing and tells nobody. */
export interface StatusFeed extends StatusSource {
  /** Sorted by id. */
  workers(): readonly WorkerStatus[]
  setWorker(worker: WorkerStatus): void
  removeWorker(workerId: string): void
  setFiles(files: OrkStatus['files']): void
  /** Any order, any number; at most 100 are kept, sorted. */
  setStrangers(publicKeys: readonly string[]): void
  setDiagnosis(diagnosis: Diagnosis | null): void
}

export interface StatusFeedOptions {
  /** Another one in each process. */
  readonly epoch: string
  readonly publicKey: string
}

/** An empty status. Workers are kept by id; the snapshot has them sorted. */
export function createStatusFeed({ epoch, publicKey }: StatusFeedOptions): StatusFeed {
  const workers = new Map<string, WorkerStatus>()
  const listeners = new Set<(line: string, type: string) => void>()
  let files: OrkStatus['files'] = {}
  let strangers: readonly string[] = []
  let diagnosis: Diagnosis | null = null
  let seq = 0

  const publish = (change: Change): void => {
    seq += 1
    const line = JSON.stringify({ ...change, epoch, seq } satisfies OrkStatusLine)
    for (const listener of [...listeners]) listener(line, change.type)
  }

  const sorted = (): WorkerStatus[] => [...workers.values()].sort((a, b) => (a.workerId < b.workerId ? -1 : 1))

  return {
    cursor: () => ({ epoch, seq }),
    workers: sorted,
    snapshot() {
      const status: OrkStatus = {
        version: 1,
        service: 'ork',
        publicKey,
        files,
        workers: sorted(),
        strangers: [...strangers],
        diagnosis,
      }
      return { epoch, seq, status }
    },
    subscribe(onLine) {
      const listener = (line: string, type: string): void => onLine(line, type)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    setWorker(worker) {
      if (isDeepStrictEqual(workers.get(worker.workerId), worker)) return
      workers.set(worker.workerId, structuredClone(worker))
      publish({ type: 'worker', worker })
    },
    removeWorker(workerId) {
      if (workers.delete(workerId)) publish({ type: 'worker-gone', workerId })
    },
    setFiles(next) {
      if (isDeepStrictEqual(files, next)) return
      files = { ...next }
      publish({ type: 'files', files })
    },
    setStrangers(publicKeys) {
      const next = [...new Set(publicKeys)].sort().slice(0, maxStrangers)
      if (isDeepStrictEqual(strangers, next)) return
      strangers = next
      publish({ type: 'strangers', strangers: next })
    },
    setDiagnosis(next) {
      if (isDeepStrictEqual(diagnosis, next)) return
      diagnosis = next
      publish({ type: 'diagnosis', diagnosis })
    },
  }
}

/** As many as a status shows. */
const maxStrangers = 100

/** A line without its cursor. */
type Change =
  Exclude<OrkStatusLine, { type: 'snapshot' | 'beat' }> extends infer Line
    ? Line extends OrkStatusLine
      ? Omit<Line, 'epoch' | 'seq'>
      : never
    : never
