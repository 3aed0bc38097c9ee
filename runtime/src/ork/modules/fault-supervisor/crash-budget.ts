/** How often a job may crash: more in so short a time is a fault that trying again doesn't mend. */
export const crashBudget = { crashes: 10, withinMs: 60_000 }

/** Notes a crash. `exhausted` when it is one too many. Times in milliseconds; those that count no more are left out. */
export function noteCrash(
  before: readonly number[],
  now: number,
): { readonly crashes: readonly number[]; readonly exhausted: boolean } {
  const crashes = [...before.filter((at) => now - at < crashBudget.withinMs), now]
  return { crashes, exhausted: crashes.length > crashBudget.crashes }
}
