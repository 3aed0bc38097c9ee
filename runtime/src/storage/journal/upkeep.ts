import { readFile } from 'node:fs/promises'
import { StoreError } from '../store.ts'
import { batchBuffer, batchEnd, type StoredRecord, storedRecords } from './batch.ts'
import type { LiveRecords } from './live-records.ts'
import { howToRestore, type Segment } from './segment.ts'
import { headerBytes } from './segment-header.ts'
import type { SegmentLog } from './segment-log.ts'

/**
 * Keeps the disk within twice what is live and a constant: of what is beyond that at least half is dead, so copying what the oldest
 * segment still holds to the newest, and then the next one's, frees no less than it writes.
 */
export interface Upkeep {
  /**
   * Does a piece of what there is to do, and says whether there may be more. Nothing else is written meanwhile: a copy comes before
   * whatever replaces it. Rejects if the copies can't be written.
   */
  step(): Promise<boolean>
}

export interface UpkeepOptions {
  readonly directory: string
  readonly log: SegmentLog
  readonly live: LiveRecords
  /** What the journal may take on disk besides twice what is live. */
  readonly allowanceBytes: number
  /** Told when a segment can't be read: from then on no space is reclaimed. */
  readonly onUnreadable: (error: StoreError) => void
}

/** Bytes of a segment that a step looks through: several times what is written between two steps, so that it keeps up. */
const stepBytes = 512 * 1024

/** A segment that is being emptied, and how far that is. */
interface Source {
  readonly segment: Segment
  readonly bytes: Buffer
  at: number
}

interface Piece {
  readonly source: Source
  readonly records: readonly StoredRecord[]
  readonly end: number
}

export function upkeepOf({ directory, log, live, allowanceBytes, onUnreadable }: UpkeepOptions): Upkeep {
  const batch = batchBuffer(stepBytes)
  let source: Source | null = null
  let isUnreadable = false
  const decide = (): 'rest' | 'finish' | Segment => {
    const { oldest } = log
    const isWithin = log.sizeBytes <= 2 * live.sizeBytes + allowanceBytes
    if (isWithin || oldest === null || isUnreadable || log.state === 'keepsAll') return 'rest'
    if (oldest.liveCount > 0) return oldest
    return log.state === 'finishing' ? 'rest' : 'finish'
  }
  const read = async (segment: Segment): Promise<Piece | null> => {
    try {
      if (source?.segment !== segment) source = { segment, bytes: await readFile(segment.path), at: headerBytes }
      return nextPiece(source)
    } catch (cause) {
      isUnreadable = true
      const what = `the journal file ${segment.path} can't be read any more, and no space be reclaimed`
      onUnreadable(new StoreError(`${what}; ${howToRestore(directory)}`, { cause }))
      return null
    }
  }
  const copy = async ({ source, records, end }: Piece) => {
    const current = records.filter(({ key, sequence }) => live.isAt(key, source.segment, sequence))
    for (const { start, end } of current) batch.copy(source.bytes.subarray(start, end))
    if (!batch.isEmpty) {
      const segment = await log.append(batch.take())
      for (const { key, sequence, start, end } of current) live.set(key, { segment, sequence, sizeBytes: end - start })
    }
    source.at = end
  }
  return {
    async step() {
      const next = decide()
      if (next === 'finish') log.finish()
      if (next === 'finish' || next === 'rest') {
        source = null
        return false
      }
      const piece = await read(next)
      if (piece !== null) await copy(piece)
      return piece !== null
    },
  }
}

/** Throws if it isn't sound: a copy gets a checksum of its own, which would hide that. */
function nextPiece(source: Source): Piece {
  const { segment, bytes, at } = source
  const limit = Math.min(at + stepBytes, segment.sizeBytes)
  const records: StoredRecord[] = []
  let start = at
  while (start < limit) {
    const end = batchEnd(bytes, start)
    if (end === null) throw new Error(`it is damaged from byte ${start} on`)
    records.push(...storedRecords(bytes, start, end))
    start = end
  }
  return { source, records, end: start }
}
