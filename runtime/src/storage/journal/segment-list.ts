import type { Segment } from './segment.ts'

/** The segments that stay, oldest first. */
export interface SegmentList {
  readonly sizeBytes: number
  readonly newest: Segment | undefined
  /** Null if it is the newest as well. */
  readonly oldest: Segment | null
  add(segment: Segment): void
  grow(segment: Segment, sizeBytes: number): void
  /** Takes those out that hold nothing live and have none before them that does; never the newest. */
  takeEmptied(): readonly Segment[]
}

export function segmentList(segments: Segment[]): SegmentList {
  let sizeBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  return {
    get sizeBytes() {
      return sizeBytes
    },
    get newest() {
      return segments.at(-1)
    },
    get oldest() {
      return segments.length > 1 ? (segments[0] ?? null) : null
    },
    add(segment) {
      segments.push(segment)
      sizeBytes += segment.sizeBytes
    },
    grow(segment, bytes) {
      segment.sizeBytes += bytes
      sizeBytes += bytes
    },
    takeEmptied() {
      const first = segments.findIndex(({ liveCount }, at) => liveCount > 0 || at === segments.length - 1)
      const emptied = segments.splice(0, Math.max(0, first))
      for (const segment of emptied) sizeBytes -= segment.sizeBytes
      return emptied
    },
  }
}
