import { open } from 'node:fs/promises'
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

/**
 * Bytes of a segment that a step reads and looks through: several times what is written between two steps, so that it keeps up, and
 * little beside a whole segment in memory.
 */
const stepBytes = 512 * 1024

/** Whole batches of a segment that is being emptied. */
interface Piece {
  readonly segment: Segment
  readonly bytes: Buffer
  readonly records: readonly StoredRecord[]
  /** Where it ends in the segment. */
  readonly end: number
}

export function upkeepOf({ directory, log, live, allowanceBytes, onUnreadable }: UpkeepOptions): Upkeep {
  const batch = batchBuffer(stepBytes)
  /** How far the segment is emptied. */
  let progress: { readonly segment: Segment; readonly at: number } | null = null
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
      return await readPiece(segment, progress?.segment === segment ? progress.at : headerBytes)
    } catch (cause) {
      isUnreadable = true
      const what = `the journal file ${segment.path} can't be read any more, and no space be reclaimed`
      onUnreadable(new StoreError(`${what}; ${howToRestore(directory)}`, { cause }))
      return null
    }
  }
  const copy = async ({ segment: from, bytes, records, end }: Piece) => {
    const current = records.filter(({ key, sequence }) => live.isAt(key, from, sequence))
    for (const { start, end } of current) batch.copy(bytes.subarray(start, end))
    if (!batch.isEmpty) {
      const segment = await log.append(batch.take())
      for (const { key, sequence, start, end } of current) live.set(key, { segment, sequence, sizeBytes: end - start })
    }
    progress = { segment: from, at: end }
  }
  return {
    async step() {
      const next = decide()
      if (next === 'finish') log.finish()
      if (next === 'finish' || next === 'rest') {
        progress = null
        return false
      }
      const piece = await read(next)
      if (piece !== null) await copy(piece)
      return piece !== null
    },
  }
}

/** The batches from the offset on, at least one. Throws if one isn't sound: a copy gets a checksum of its own, which would hide that. */
async function readPiece(segment: Segment, from: number): Promise<Piece> {
  for (let wanted = stepBytes; ; wanted *= 2) {
    const bytes = await readBytes(segment.path, from, Math.min(wanted, segment.sizeBytes - from))
    const records: StoredRecord[] = []
    let start = 0
    for (let end = batchEnd(bytes, start); end !== null; end = batchEnd(bytes, start)) {
      records.push(...storedRecords(bytes, start, end))
      start = end
    }
    if (start > 0) return { segment, bytes, records, end: from + start }
    // It may be longer than what was read.
    if (from + wanted >= segment.sizeBytes) throw new Error(`it is damaged from byte ${from} on`)
  }
}

/** Fewer than wanted if the file is shorter. */
async function readBytes(path: string, from: number, count: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(count), 0, count, from)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
