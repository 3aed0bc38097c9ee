/** A worker, and whether there is a link to it. */
export interface Presence {
  readonly workerId: string
  readonly present: boolean
}

/** For how long each worker has been missed, in milliseconds. */
export type Absences = ReadonlyMap<string, number>

/** So long a worker is missed before its name and its devices are free for others: longer than any repair of a rack. */
export const retireAfterMs = 24 * 3_600_000

/**
 * Who has been away for too long. `elapsedMs` is the time since the last look in which workers could have been seen: what this
 * process slept through counts against nobody.
 */
export function decideRetirement(
  before: Absences,
  workers: readonly Presence[],
  elapsedMs: number,
): { readonly absences: Absences; readonly retire: readonly string[] } {
  const absent = workers.filter(({ present }) => !present)
  const absences = new Map(absent.map(({ workerId }) => [workerId, (before.get(workerId) ?? 0) + elapsedMs]))
  const retire = [...absences].filter(([, absentMs]) => absentMs >= retireAfterMs).map(([workerId]) => workerId)
  return { absences, retire }
}
