import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** What came of looking a name up. `unanswered`: no name server answered, or none that could say. */
export type Resolved =
  | { readonly kind: 'found'; readonly address: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unanswered' }

/** How the system says that there is no such name, or that it has no IPv4 address. */
const absences = new Set(['ENOTFOUND', 'ENODATA', 'ENONAME'])

/** Looks up an IPv4 address as the network library does it: by the system, with its hosts file. An address is its own. */
export async function resolveHost(host: string, timeoutMs: number): Promise<Resolved> {
  const given = new AbortController()
  const late = sleep(timeoutMs, 'late' as const, { signal: given.signal }).catch(() => 'late' as const)
  const found = lookup(host, { family: 4 }).then(
    ({ address }): Resolved => ({ kind: 'found', address }),
    (error: unknown): Resolved => ({ kind: absences.has(codeOf(error)) ? 'absent' : 'unanswered' }),
  )
  const first = await Promise.race([found, late])
  given.abort()
  return first === 'late' ? { kind: 'unanswered' } : first
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
