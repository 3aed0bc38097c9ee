import { StoreError } from '../store.ts'
import { batchBuffer, sizeOfRecord } from './batch.ts'
import { commitQueue } from './commit-queue.ts'
import type { Journal } from './journal.ts'
import type { LiveRecords } from './live-records.ts'
import { formatRecord, type RecordText } from './record-text.ts'
import type { Segment } from './segment.ts'

export interface WriterOptions {
  readonly directory: string
  readonly live: LiveRecords
  readonly lastSequence: number
  /** Writes a batch to disk. Rejects with a StoreError. */
  readonly append: (batch: Buffer) => Promise<Segment>
  /** Does something between two batches and says whether there is more of it. Never rejects. */
  readonly between: () => Promise<boolean>
}

/** A journal, and what makes it look for something to do between batches. */
export interface JournalWriter extends Journal {
  wake(): void
}

type Operation =
  | { readonly type: 'forget'; readonly key: string }
  | {
      readonly type: 'write'
      readonly sequence: number
      readonly record: RecordText
      readonly sizeBytes: number
      readonly resolve: () => void
      readonly reject: (error: unknown) => void
    }

/** What one write to disk takes: more is no faster, and holds up those who wait for it. */
const groupBytes = 128 * 1024
/** What may wait for a disk that doesn't keep up. */
const maxWaitingBytes = 64 * 1024 * 1024

export function journalWriter({ directory, live, lastSequence, append, between }: WriterOptions): JournalWriter {
  const batch = batchBuffer(2 * groupBytes)
  let sequence = lastSequence
  let closing: Promise<void> | undefined
  const apply = (operation: Operation, segment: Segment | null) => {
    if (operation.type === 'forget') {
      live.forget(operation.key)
    } else if (segment !== null) {
      const { record, sequence, sizeBytes } = operation
      live.set(record.key, { segment, sequence, sizeBytes })
      operation.resolve()
    }
  }
  const commit = async (group: readonly Operation[]) => {
    for (const operation of group) if (operation.type === 'write') batch.add(operation.sequence, operation.record)
    let segment: Segment | null = null
    try {
      if (!batch.isEmpty) segment = await append(batch.take())
    } catch (error) {
      for (const operation of group) if (operation.type === 'write') operation.reject(error)
    }
    for (const operation of group) apply(operation, segment)
  }
  const sizeOf = (operation: Operation) => (operation.type === 'write' ? operation.sizeBytes : 0)
  const queue = commitQueue<Operation>({ groupBytes, sizeOf, commit, between })
  return {
    // Async, so that what is wrong rejects.
    async write(key, value) {
      if (closing !== undefined) throw new StoreError(`the journal in ${directory} is closed`)
      const record = formatRecord(key, value)
      const sizeBytes = sizeOfRecord(record)
      if (queue.waitingBytes + sizeBytes > maxWaitingBytes) {
        throw new StoreError(
          `the disk under the journal in ${directory} doesn't keep up; ${queue.waitingBytes} bytes wait for it`,
        )
      }
      await new Promise<void>((resolve, reject) => {
        sequence += 1
        queue.push({ type: 'write', sequence, record, sizeBytes, resolve, reject })
      })
    },
    forget(key) {
      if (closing === undefined) queue.push({ type: 'forget', key })
    },
    wake: queue.wake,
    close: () => (closing ??= queue.close()),
  }
}
