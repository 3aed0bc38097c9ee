/** When a pod was last made to refresh its files, and for which content. */
export interface LastRefresh {
  readonly hash: string
  readonly times: number
  readonly atMs: number
}

export interface RefreshQuestion {
  /** Content hash of the files as they were written. */
  readonly wanted: string
  /** Whether the process runs others, as far as that is known. */
  readonly owed: boolean
  /** Null if this program has not touched the pod yet. */
  readonly last: LastRefresh | null
  /** After how many touches the process has had its chance. */
  readonly mostTimes?: number
}

export interface RefreshAnswer {
  /** What to write now; null if nothing. */
  readonly write: (LastRefresh & { readonly value: string }) | null
  readonly againMs: number | null
}

/** A kubelet may look before the change has reached it, so once isn't enough; after two minutes it has looked by itself. */
const firstPauseMs = 2_000
const longestPauseMs = 30_000
const timesUntilSure = 8

const nothing: RefreshAnswer = { write: null, againMs: null }

/** Decides whether a pod's annotation is to be touched, so that the kubelet refreshes its files at once. */
export function decideRefresh(question: RefreshQuestion, nowMs: number): RefreshAnswer {
  const { wanted, owed, last, mostTimes = timesUntilSure } = question
  if (!owed) return nothing
  if (last?.hash !== wanted) return touch({ hash: wanted, times: 1, atMs: nowMs })
  if (last.times >= mostTimes) return nothing
  const dueMs = last.atMs + pauseMs(last.times)
  if (dueMs > nowMs) return { write: null, againMs: dueMs - nowMs }
  return touch({ hash: wanted, times: last.times + 1, atMs: nowMs })
}

function touch(refresh: LastRefresh): RefreshAnswer {
  const value = refresh.times === 1 ? refresh.hash : `${refresh.hash}.${refresh.times}`
  return { write: { ...refresh, value }, againMs: pauseMs(refresh.times) }
}

function pauseMs(times: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** (times - 1))
}
