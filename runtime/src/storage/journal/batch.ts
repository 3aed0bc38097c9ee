/**
 * How records lie in a segment: in batches, one for each write to disk. A batch counts whole or not at all.
 *
 *     batch   magic FF 6D 64 6B | CRC-32 of all that follows, u32 | bytes of the records, u32 | records
 *     record  sequence, u48 | bytes of the key, u16 | bytes of the text, u32 | key, UTF-8 | text, JSON in UTF-8
 *
 * Numbers are little-endian. The sequence counts the calls of `write`; a copy keeps it. The magic is no UTF-8, so that no text has it.
 * A batch without records says that everything before it was on the device when it was written.
 */
import { crc32 } from 'node:zlib'
import type { RecordText } from './record-text.ts'

const magic = Buffer.from('ff6d646b', 'hex')
const crcAt = 4
const lengthAt = 8
const batchHeaderBytes = 12
const recordHeaderBytes = 12

export const sealBatch: Buffer = formatSeal()

/** Bytes that a record takes. */
export function sizeOfRecord({ keyBytes, textBytes }: RecordText): number {
  return recordHeaderBytes + keyBytes + textBytes
}

/** A batch in the making; its memory is used again for the next. */
export interface BatchBuffer {
  readonly isEmpty: boolean
  add(sequence: number, record: RecordText): void
  /** Adds records as they are in another batch. */
  copy(records: Buffer): void
  /** The batch, valid until something is added to the next. */
  take(): Buffer
}

/** `usualBytes`: memory that is kept from batch to batch. */
export function batchBuffer(usualBytes: number): BatchBuffer {
  let bytes = Buffer.allocUnsafeSlow(usualBytes)
  let end = batchHeaderBytes
  const room = (sizeBytes: number) => {
    const needed = end + sizeBytes
    if (needed > bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * bytes.length))
      bytes.copy(larger, 0, 0, end)
      bytes = larger
    } else if (end === batchHeaderBytes && bytes.length > usualBytes && needed <= usualBytes) {
      bytes = Buffer.allocUnsafeSlow(usualBytes)
    }
  }
  return {
    get isEmpty() {
      return end === batchHeaderBytes
    },
    add(sequence, record) {
      room(sizeOfRecord(record))
      bytes.writeUIntLE(sequence, end, 6)
      bytes.writeUInt16LE(record.keyBytes, end + 6)
      bytes.writeUInt32LE(record.textBytes, end + 8)
      end += recordHeaderBytes
      end += bytes.write(record.key, end)
      end += bytes.write(record.text, end)
    },
    copy(records) {
      room(records.length)
      end += records.copy(bytes, end)
    },
    take() {
      const batch = bytes.subarray(0, end)
      end = batchHeaderBytes
      return closeBatch(batch)
    },
  }
}

function closeBatch(batch: Buffer): Buffer {
  magic.copy(batch)
  batch.writeUInt32LE(batch.length - batchHeaderBytes, lengthAt)
  batch.writeUInt32LE(crc32(batch.subarray(lengthAt)), crcAt)
  return batch
}

function formatSeal(): Buffer {
  return closeBatch(Buffer.alloc(batchHeaderBytes))
}

/** Where the batch that begins at the offset ends; null if there is no whole and sound one. */
export function batchEnd(bytes: Buffer, offset: number): number | null {
  if (offset + batchHeaderBytes > bytes.length || bytes.compare(magic, 0, magic.length, offset, offset + crcAt) !== 0) {
    return null
  }
  const end = offset + batchHeaderBytes + bytes.readUInt32LE(offset + lengthAt)
  if (end > bytes.length) return null
  return crc32(bytes.subarray(offset + lengthAt, end)) === bytes.readUInt32LE(offset + crcAt) ? end : null
}

/** Whether a whole and sound batch begins anywhere from the offset on. */
export function holdsBatch(bytes: Buffer, offset: number): boolean {
  for (let at = bytes.indexOf(magic, offset); at !== -1; at = bytes.indexOf(magic, at + 1)) {
    if (batchEnd(bytes, at) !== null) return true
  }
  return false
}

/** A record in the bytes of a segment. */
export interface StoredRecord {
  readonly sequence: number
  readonly key: string
  readonly start: number
  readonly textStart: number
  readonly end: number
}

/** The records of the sound batch between the offsets. */
export function* storedRecords(bytes: Buffer, batchStart: number, end: number): Iterable<StoredRecord> {
  for (let start = batchStart + batchHeaderBytes; start < end; ) {
    const keyStart = start + recordHeaderBytes
    const textStart = keyStart + bytes.readUInt16LE(start + 6)
    const record = {
      sequence: bytes.readUIntLE(start, 6),
      key: bytes.toString('utf8', keyStart, textStart),
      start,
      textStart,
      end: textStart + bytes.readUInt32LE(start + 8),
    }
    yield record
    start = record.end
  }
}
