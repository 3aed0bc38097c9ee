import type { Segment } from './segment.ts'

/** Where the latest record of a key is. */
export interface Place {
  readonly segment: Segment
  readonly sequence: number
  readonly sizeBytes: number
}

/** Which records still count, and so which segments are still needed. */
export interface LiveRecords {
  /** Bytes of all live records. */
  readonly sizeBytes: number
  set(key: string, place: Place): void
  forget(key: string): void
  /** Whether the record of the sequence in the segment is live. */
  isAt(key: string, segment: Segment, sequence: number): boolean
}

export function liveRecords(): LiveRecords {
  const places = new Map<string, Place>()
  let sizeBytes = 0
  const leave = (place: Place | undefined) => {
    if (place === undefined) return
    place.segment.liveCount -= 1
    sizeBytes -= place.sizeBytes
  }
  return {
    get sizeBytes() {
      return sizeBytes
    },
    set(key, place) {
      leave(places.get(key))
      place.segment.liveCount += 1
      sizeBytes += place.sizeBytes
      places.set(key, place)
    },
    forget(key) {
      leave(places.get(key))
      places.delete(key)
    },
    isAt(key, segment, sequence) {
      const place = places.get(key)
      return place?.segment === segment && place.sequence === sequence
    },
  }
}
