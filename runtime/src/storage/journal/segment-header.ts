import type { Durability } from './journal.ts'

/**
 * The first bytes of a segment, one line of text: format version, the durability that it is written with, the boot of the machine
 * that it is written in, and how long the segment before it is.
 */
export interface SegmentHeader {
  readonly durability: Durability
  readonly bootId: string
  readonly previousBytes: number
}

export const headerBytes = 96
const formatVersion = 1

export type ParsedHeader =
  | { readonly kind: 'ok'; readonly header: SegmentHeader }
  | { readonly kind: 'newer'; readonly what: string }
  | { readonly kind: 'broken' }

export function formatHeader({ durability, bootId, previousBytes }: SegmentHeader): Buffer {
  const line = `mdk-journal ${formatVersion} ${durability} ${bootId} ${previousBytes}`
  return Buffer.from(`${line.padEnd(headerBytes - 1)}\n`)
}

export function parseHeader(segment: Buffer): ParsedHeader {
  const line = segment.toString('latin1', 0, headerBytes)
  const version = /^mdk-journal (\d{1,9}) /.exec(line)?.[1]
  if (version !== undefined && Number(version) > formatVersion) {
    return { kind: 'newer', what: `format ${version}, of which this version knows ${formatVersion}` }
  }
  const [, durability, bootId, previousBytes] =
    /^mdk-journal 1 (fast|powerLoss) (\S{1,40}) (\d{1,15}) *\n$/.exec(line) ?? []
  if (durability === undefined || bootId === undefined) return { kind: 'broken' }
  return {
    kind: 'ok',
    header: { durability: durability as Durability, bootId, previousBytes: Number(previousBytes) },
  }
}
