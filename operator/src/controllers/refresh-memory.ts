import type { LastRefresh } from './refresh.ts'

/** Remembers, by uid of the pod, when each was last made to refresh its files. */
export interface RefreshMemory {
  readonly refreshes: ReadonlyMap<string, LastRefresh>
  remember(podUid: string, refresh: LastRefresh): void
}

/** Beyond that the pods that are gone are forgotten with the others, which are touched once more at worst. */
const mostRemembered = 10_000

export function createRefreshMemory(): RefreshMemory {
  const refreshes = new Map<string, LastRefresh>()
  return {
    refreshes,
    remember(podUid, refresh) {
      if (refreshes.size >= mostRemembered) refreshes.clear()
      refreshes.set(podUid, refresh)
    },
  }
}
