import { unlink } from 'node:fs/promises'
import { type AppendFile, createAppendFile } from './append-file.ts'
import { sealBatch } from './batch.ts'
import type { Durability } from './journal.ts'
import { emptySegment, type Segment, syncFolder } from './segment.ts'
import { formatHeader, headerBytes } from './segment-header.ts'
import { segmentList } from './segment-list.ts'
import type { WritePlace } from './write-place.ts'

/**
 * The segments of an open journal.
 *
 * - L1: a segment goes only when none of its records is live, none is older, and everything newer that may have replaced its
 *   records is on the device. So neither a kill nor a power cut brings back what was replaced, or loses what was copied.
 * - L2: all segments but the newest two are on the device.
 * - L3: the newest segment stays, and with it the knowledge that the journal isn't new.
 */
export interface SegmentLog {
  /** Bytes of all segments that stay. */
  readonly sizeBytes: number
  /** The oldest segment; null if it is the newest as well. */
  readonly oldest: Segment | null
  /** `finishing`: a segment is on its way to the device. `keepsAll`: that has failed, and no segment is removed any more. */
  readonly state: 'settled' | 'finishing' | 'keepsAll'
  /** Writes the batch at the end of the newest segment, or of a new one, and returns that. One call at a time. */
  append(batch: Buffer): Promise<Segment>
  /** Writes no more to the newest segment, brings it to the device, and removes what isn't needed then. One at a time. */
  finish(): void
  close(): Promise<void>
}

export interface LogOptions {
  readonly directory: string
  readonly durability: Durability
  readonly place: WritePlace
  readonly bootId: string
  /** A segment that is as long is followed by the next. */
  readonly segmentBytes: number
  /** Told when `finish` has ended. */
  readonly onFinished: () => void
  /** Told when a segment can't be brought to the device or removed: from then on none is removed. */
  readonly onFinishFailed: (cause: unknown) => void
}

/** The segment that is written to. */
export interface Head {
  readonly segment: Segment
  readonly file: AppendFile
}

/** `found`: what is on disk, and on the device. `continued`: the newest of it, if it is to be gone on with. */
export function segmentLog(found: Segment[], continued: Head | null, options: LogOptions): SegmentLog {
  const { directory, durability, segmentBytes } = options
  const segments = segmentList(found)
  let head = continued
  let hasWritten = false
  let finishing: Promise<void> | null = null
  let keepsAll = false

  const start = async (): Promise<Head> => {
    const started = await startSegment(segments.newest, options)
    segments.add(started.segment)
    return started
  }
  const finish = () => {
    const finished = head
    head = null
    const run = async () => {
      try {
        // L1: chosen now, as all that has replaced their records is in what goes to the device.
        await settle(directory, finished, keepsAll ? [] : segments.takeEmptied())
      } catch (cause) {
        keepsAll = true
        options.onFinishFailed(cause)
      }
      finishing = null
      options.onFinished()
    }
    finishing = run()
  }
  return {
    get sizeBytes() {
      return segments.sizeBytes
    },
    get oldest() {
      return segments.oldest
    },
    get state() {
      if (keepsAll) return 'keepsAll'
      return finishing === null ? 'settled' : 'finishing'
    },
    async append(batch) {
      if (head !== null && head.segment.sizeBytes >= segmentBytes) {
        // L2: a disk that takes longer for a segment than its writers is waited for.
        await finishing
        finish()
      }
      head ??= await start()
      await head.file.append(batch)
      segments.grow(head.segment, batch.length)
      hasWritten = true
      return head.segment
    },
    finish,
    async close() {
      await finishing
      if (head !== null) await closeHead(head.file, hasWritten && durability === 'fast')
    },
  }
}

async function startSegment(previous: Segment | undefined, options: LogOptions): Promise<Head> {
  const { directory, durability } = options
  const segment = emptySegment(directory, (previous?.number ?? 0) + 1)
  const file = await createAppendFile(segment.path, options)
  try {
    await file.append(formatHeader({ ...options, previousBytes: previous?.sizeBytes ?? 0 }))
    if (durability === 'powerLoss') await syncFolder(directory)
  } catch (error) {
    await file.close()
    await unlink(segment.path).catch(() => undefined)
    throw error
  }
  segment.sizeBytes = headerBytes
  return { segment, file }
}

/** Brings the finished segment to the device; then the emptied ones go, oldest first. */
async function settle(directory: string, finished: Head | null, emptied: readonly Segment[]): Promise<void> {
  try {
    await finished?.file.sync()
  } finally {
    await finished?.file.close()
  }
  await syncFolder(directory)
  for (const { path } of emptied) {
    await unlink(path)
    // Else a power cut could leave the older of two, and bring back what the younger had replaced.
    await syncFolder(directory)
  }
}

async function closeHead(file: AppendFile, isToBeSealed: boolean): Promise<void> {
  try {
    if (isToBeSealed) await seal(file)
  } catch {
    // Then the next opening after a power cut takes for possible that records are missing; none is.
  } finally {
    await file.close()
  }
}

async function seal(file: AppendFile): Promise<void> {
  await file.sync()
  await file.append(sealBatch)
  await file.sync()
}
