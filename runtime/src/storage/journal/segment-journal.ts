import { opening, type Resources } from '../../machine/resource.ts'
import { StoreError } from '../store.ts'
import { type AppendOptions, reopenAppendFile } from './append-file.ts'
import { readBootId } from './boot-id.ts'
import { type LockOptions, lockFolder } from './folder-lock.ts'
import type { Cut, Durability, Journal, OpenedJournal } from './journal.ts'
import { journalWriter } from './journal-writer.ts'
import { type Recovered, recoverSegments } from './recovery.ts'
import { makeFolder } from './segment.ts'
import { type Head, segmentLog } from './segment-log.ts'
import { upkeepOf } from './upkeep.ts'
import { writeHealth } from './write-health.ts'
import { type WritePlace, writePlace } from './write-place.ts'

export interface JournalOptions extends LockOptions {
  readonly durability: Durability
  /** A segment that is as long is followed by the next; 8 MiB. */
  readonly segmentBytes?: number
  /** Told of each write that failed. */
  readonly onWriteFailed?: (error: StoreError) => void
  /** Told when a write worked after others had failed. */
  readonly onWriteRecovered?: () => void
  /** Told once when a segment can't be read, removed or brought to the device: no space is reclaimed then until it is opened again. */
  readonly onKeepsAll?: (error: StoreError) => void
  /** Told, before the journal is open, of what a kill or a power cut has left at the end and was cut off. */
  readonly onCut?: (cut: Cut) => void
}

const usualSegmentBytes = 8 * 1024 * 1024
/** Segments that may be on disk besides twice what is live. */
const allowedSegments = 4

/**
 * Opens the journal in the folder, making the folder if need be. One process at a time: while another holds it, this waits. Rejects
 * with a StoreError (held, not to be written, damaged, of a newer version), or with the signal's reason.
 */
export function openJournal(directory: string, options: JournalOptions): Promise<OpenedJournal> {
  return opening(async (resources) => {
    await makeFolder(directory).catch((cause: unknown) => {
      throw new StoreError(`the folder ${directory} cannot be made; let this process's user write there`, { cause })
    })
    resources.add(await lockFolder(directory, options))
    const bootId = await readBootId()
    const recovered = await recover(directory, bootId, options)
    const isNew = recovered.segments.length === 0
    const place = writePlace()
    const head = await headOf(recovered, bootId, { ...options, place })
    const { write, forget } = journalOn({ directory, bootId, recovered, head, place, options, resources })
    const { entries, mayLackWrites } = recovered
    return { journal: { write, forget, close: () => resources.close() }, entries, isNew, mayLackWrites }
  })
}

async function recover(directory: string, bootId: string, options: JournalOptions): Promise<Recovered> {
  try {
    return await recoverSegments({ directory, bootId, onCut: (cut) => options.onCut?.(cut) })
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw new StoreError(`the journal in ${directory} cannot be read: ${String(error)}`, { cause: error })
  }
}

/** The newest segment, if its header is true of what is to come. */
async function headOf(recovered: Recovered, bootId: string, options: AppendOptions): Promise<Head | null> {
  const { segments, newestHeader } = recovered
  const segment = segments.at(-1)
  if (segment === undefined || newestHeader?.bootId !== bootId || newestHeader.durability !== options.durability)
    return null
  return { segment, file: await reopenAppendFile(segment.path, segment.sizeBytes, options) }
}

interface Parts {
  readonly directory: string
  readonly bootId: string
  readonly recovered: Recovered
  readonly head: Head | null
  readonly place: WritePlace
  readonly options: JournalOptions
  readonly resources: Resources
}

function journalOn({ directory, bootId, recovered, head, place, options, resources }: Parts): Journal {
  const { durability, segmentBytes = usualSegmentBytes } = options
  const { onWriteFailed = ignore, onWriteRecovered = ignore, onKeepsAll = ignore } = options
  const { live, lastSequence } = recovered
  const health = writeHealth({ directory, onWriteFailed, onWriteRecovered })
  const log = segmentLog(recovered.segments, head, {
    directory,
    durability,
    place,
    bootId,
    segmentBytes,
    onFinished: () => writer.wake(),
    onFinishFailed: (cause) =>
      onKeepsAll(new StoreError(`the journal in ${directory} reclaims no space until it is opened again`, { cause })),
  })
  const upkeep = upkeepOf({
    directory,
    log,
    live,
    allowanceBytes: allowedSegments * segmentBytes,
    onUnreadable: onKeepsAll,
  })
  const writer = journalWriter({
    directory,
    live,
    lastSequence,
    async append(batch) {
      try {
        const segment = await log.append(batch)
        health.onWorked()
        return segment
      } catch (cause) {
        throw health.onFailed(cause)
      }
    },
    // Copies that can't be written are made after a write that can: they only save space, and that write tells what is wrong.
    between: () => upkeep.step().catch(() => false),
  })
  resources.add(log)
  return resources.add(writer)
}

function ignore(): void {
  // Nobody asked to be told.
}
