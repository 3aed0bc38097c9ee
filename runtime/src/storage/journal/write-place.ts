/**
 * Where a write to the page cache runs. In the event loop it takes a few microseconds, and the way to the thread pool and back ten
 * to sixty. But while others keep the disk busy one may take a hundred milliseconds, and in the loop the process would stand still
 * for as long. So the first slow one sends those that follow to the pool, for long enough that standing still is rare.
 */
export interface WritePlace {
  /** Whether so many bytes are to be written in the event loop now. */
  isLoop(sizeBytes: number): boolean
  /** Runs a write in the event loop, and remembers if it was slow. Throws what it throws. */
  inLoop<T>(write: () => T): T
}

/** Longer than a write that the system interrupts for another process, and shorter than anybody notices. */
const slowMs = 10
const wayOfPoolMs = 10_000
/** Copying more takes longer than the way to the pool. */
const maxLoopBytes = 256 * 1024

/** `now`: milliseconds of a clock that never goes back. */
export function writePlace(now: () => number = () => performance.now()): WritePlace {
  let poolUntil = Number.NEGATIVE_INFINITY
  return {
    isLoop: (sizeBytes) => sizeBytes <= maxLoopBytes && now() >= poolUntil,
    inLoop(write) {
      const startedAt = now()
      try {
        return write()
      } finally {
        const endedAt = now()
        if (endedAt - startedAt >= slowMs) poolUntil = endedAt + wayOfPoolMs
      }
    },
  }
}
