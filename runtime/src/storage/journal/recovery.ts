import { open, readFile, unlink } from 'node:fs/promises'
import { StoreDamaged, StoreError } from '../store.ts'
import { batchEnd, holdsBatch, sealBatch, storedRecords } from './batch.ts'
import type { Cut, JournalEntry } from './journal.ts'
import { type LiveRecords, liveRecords, type Place } from './live-records.ts'
import { findSegments, howToRestore, type Segment, syncFolder } from './segment.ts'
import { headerBytes, parseHeader, type SegmentHeader } from './segment-header.ts'

export interface Recovered {
  /** Oldest first, all on the device. */
  readonly segments: Segment[]
  /** The newest one's. */
  readonly newestHeader: SegmentHeader | null
  readonly live: LiveRecords
  /** In the order of their sequence. */
  readonly entries: readonly JournalEntry[]
  readonly lastSequence: number
  readonly mayLackWrites: boolean
}

export interface RecoveryOptions {
  readonly directory: string
  readonly bootId: string
  readonly onCut: (cut: Cut) => void
}

/** A segment as it was found; no header if that is broken. */
interface Found {
  readonly segment: Segment
  readonly header: SegmentHeader | null
}

/** What the segments say, read one after the other. */
interface Story {
  readonly latest: Map<string, Place & { readonly text: string }>
  lastSequence: number
  /** The last batch says that all before it is on the device. */
  isSealed: boolean
}

/**
 * Reads what a life before has left, and cuts off what a kill or a power cut explains. Rejects with a StoreError, and changes
 * nothing, if something else must have happened: what was acknowledged would be missing, or what was replaced come back.
 */
export async function recoverSegments(options: RecoveryOptions): Promise<Recovered> {
  const story: Story = { latest: new Map(), lastSequence: 0, isSealed: false }
  const found = await findHeaders(options.directory)
  const whole = await readWhole(found, story)
  const wasCut = whole < found.length
  if (wasCut) await cutOff(found, whole, options)
  const kept = found.filter(({ segment }) => segment.sizeBytes > 0)
  const newestHeader = kept.at(-1)?.header ?? null
  await bringToDevice(kept.slice(-2), options.bootId)
  return {
    ...tell(story),
    segments: kept.map(({ segment }) => segment),
    newestHeader,
    mayLackWrites: isOfOtherBoot(newestHeader, options.bootId) && (wasCut || !story.isSealed),
  }
}

async function findHeaders(directory: string): Promise<Found[]> {
  const found: Found[] = []
  for (const segment of await findSegments(directory)) {
    const parsed = parseHeader(await readStart(segment.path))
    if (parsed.kind === 'newer') {
      throw new StoreError(
        `the journal file ${segment.path} was written by a newer version, in ${parsed.what}; ` +
          'run that version, or give this one a folder of its own',
      )
    }
    found.push({ segment, header: parsed.kind === 'ok' ? parsed.header : null })
  }
  return found
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Reads until something isn't whole; how many segments are. Sets where each that was read ends. */
async function readWhole(found: readonly Found[], story: Story): Promise<number> {
  for (const [at, { segment, header }] of found.entries()) {
    const file = await readFile(segment.path)
    const length = lengthOf(found, at) ?? file.length
    if (header !== null) segment.sizeBytes = readBatches(segment, file.subarray(0, length), story)
    if (segment.sizeBytes !== length || header === null) return at
  }
  return found.length
}

/**
 * How long a segment is, as the next one tells: what is behind it was not acknowledged, but a write that failed and couldn't be cut
 * back at once.
 */
function lengthOf(found: readonly Found[], at: number): number | undefined {
  return found[at + 1]?.header?.previousBytes
}

/** Returns the end of the last whole batch. */
function readBatches(segment: Segment, bytes: Buffer, story: Story): number {
  let start = headerBytes
  for (let end = batchEnd(bytes, start); end !== null; end = batchEnd(bytes, start)) {
    for (const record of storedRecords(bytes, start, end)) {
      const { sequence } = record
      const text = bytes.toString('utf8', record.textStart, record.end)
      story.latest.set(record.key, { segment, sequence, sizeBytes: record.end - record.start, text })
      story.lastSequence = Math.max(story.lastSequence, sequence)
    }
    story.isSealed = end - start === sealBatch.length
    start = end
  }
  return start
}

/**
 * `broken`: the segment that isn't whole. Either nothing sound follows: the write that a kill or a power cut has stopped. Or a power
 * cut has left of two segments that weren't on the device (L2) what it liked: the journal is then as it was before the first gap.
 */
async function cutOff(
  found: readonly Found[],
  broken: number,
  { directory, bootId, onCut }: RecoveryOptions,
): Promise<void> {
  const lost = found.slice(broken)
  const [first] = lost
  if (first === undefined) return
  const { segment, header } = first
  const isByPowerCut = isOfOtherBoot(header, bootId) && lost.length <= 2
  if (!isByPowerCut && !(await isTornTail(lost))) {
    throw new StoreDamaged(
      `the journal file ${segment.path} is damaged from byte ${segment.sizeBytes} on, and what follows isn't; ${howToRestore(directory)}`,
    )
  }
  // Newest first, so that what is left can be told from damage if this is stopped half-way.
  for (const { segment } of lost.toReversed()) await cutFile(segment, onCut)
  await syncFolder(directory)
}

async function isTornTail(lost: readonly Found[]): Promise<boolean> {
  // The next segment was begun, so this one had been whole.
  if (lost.slice(1).some(({ header }) => header !== null)) return false
  for (const { segment } of lost) if (holdsBatch(await readFile(segment.path), segment.sizeBytes)) return false
  return true
}

async function cutFile({ path, sizeBytes: offset }: Segment, onCut: (cut: Cut) => void): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const { size } = await file.stat()
    if (size > offset) onCut({ file: path, offset, sizeBytes: size - offset })
    if (offset === 0) {
      await unlink(path)
    } else {
      await file.truncate(offset)
      await file.datasync()
    }
  } finally {
    await file.close()
  }
}

/** A power cut may have taken what the segment had. */
function isOfOtherBoot(header: SegmentHeader | null, bootId: string): boolean {
  return header?.durability === 'fast' && header.bootId !== bootId
}

/** What was read may still be with the system alone, if it was written since the machine has started. */
async function bringToDevice(newest: readonly Found[], bootId: string): Promise<void> {
  for (const { segment, header } of newest) {
    if (header?.durability !== 'fast' || header.bootId !== bootId) continue
    const file = await open(segment.path, 'r')
    try {
      await file.datasync()
    } finally {
      await file.close()
    }
  }
}

function tell({ latest, lastSequence }: Story): Pick<Recovered, 'live' | 'entries' | 'lastSequence'> {
  const live = liveRecords()
  const ordered = Array.from(latest, ([key, place]) => ({ key, place }))
  ordered.sort((a, b) => a.place.sequence - b.place.sequence)
  const entries = ordered.map(({ key, place: { segment, sequence, sizeBytes, text } }) => {
    live.set(key, { segment, sequence, sizeBytes })
    return { key, record: JSON.parse(text) as unknown }
  })
  return { live, entries, lastSequence }
}
