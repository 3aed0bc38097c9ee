import { lookup } from 'node:dns/promises'
import { systemClock } from '../machine/clock.ts'
import { within } from '../machine/within.ts'

/** What came of looking a name up. `unanswered`: no name server answered, or none that could say. */
export type Resolved =
  | { readonly kind: 'found'; readonly address: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unanswered' }

/** How the system says that there is no such name, or that it has no IPv4 address. */
const absences = new Set(['ENOTFOUND', 'ENODATA', 'ENONAME'])

/** Looks up an IPv4 address as the network library does it: by the system, with its hosts file. An address is its own. */
export async function resolveHost(host: string, timeoutMs: number): Promise<Resolved> {
  const found = lookup(host, { family: 4 }).then(
    ({ address }): Resolved => ({ kind: 'found', address }),
    (error: unknown): Resolved => ({ kind: absences.has(codeOf(error)) ? 'absent' : 'unanswered' }),
  )
  return within(systemClock, timeoutMs, found, { kind: 'unanswered' })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
