/** Whether a process can do its work by itself. Peers never matter here: what they do is status. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string }

export const ready: Readiness = { ready: true }

export function notReady(reason: string): Readiness {
  return { ready: false, reason }
}
