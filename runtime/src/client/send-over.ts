import type { Clock } from '../machine/clock.ts'
import { type Link, LinkError } from '../net/link.ts'
import type { KeptLink } from './kept-link.ts'

/** What became of a message: the reply, no link on which to send it, or an end without a reply. */
export type Sent =
  | { readonly kind: 'answered'; readonly frame: Buffer }
  | { readonly kind: 'unlinked' }
  | { readonly kind: 'failed'; readonly error: LinkError }

export interface SendOptions {
  /** The whole of it takes no longer: waiting for a link, the answer, and a second try. */
  readonly timeoutMs: number
  /** Of that, the time to wait for a link if there is none. */
  readonly linkWaitMs: number
  /** Whether the message does something, so that it must not be sent twice, and not to a peer that may be gone. */
  readonly acts: boolean
}

/**
 * Sends a message over the link in use; once more if that link ends or is replaced before the answer has come, and sending twice does
 * no harm. Never rejects.
 */
export async function sendOver(
  kept: KeptLink,
  clock: Clock,
  message: Buffer,
  { timeoutMs, linkWaitMs, acts }: SendOptions,
): Promise<Sent> {
  const endsAt = clock.now() + timeoutMs
  const waitMs = (): number => Math.min(linkWaitMs, endsAt - clock.now())
  const send = (link: Link): Promise<Sent> => request(link, message, Math.max(1, endsAt - clock.now()))
  const link = await kept.wait(waitMs(), { sure: acts })
  if (link === null) return { kind: 'unlinked' }
  const first = send(link)
  if (acts) return first
  const ending = await endOrReplacement(kept, link, first)
  if (ending !== 'replaced' && !isClosed(ending)) return ending
  const next = await kept.wait(waitMs())
  if (next === null) return ending === 'replaced' ? first : { kind: 'unlinked' }
  return firstAnswered(first, send(next))
}

async function request(link: Link, message: Buffer, timeoutMs: number): Promise<Sent> {
  try {
    return { kind: 'answered', frame: await link.request(message, { timeoutMs }) }
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    return { kind: 'failed', error }
  }
}

/** What was sent, or that its link was replaced before. */
async function endOrReplacement(kept: KeptLink, link: Link, sent: Promise<Sent>): Promise<Sent | 'replaced'> {
  const { promise: replaced, resolve } = Promise.withResolvers<'replaced'>()
  const forget = kept.onReplaced(link, () => resolve('replaced'))
  try {
    return await Promise.race([sent, replaced])
  } finally {
    forget()
  }
}

/** The answer that comes first; if there is none, what became of the second. */
async function firstAnswered(first: Promise<Sent>, second: Promise<Sent>): Promise<Sent> {
  const sooner = await Promise.race([first, second])
  if (sooner.kind === 'answered') return sooner
  const earlier = await first
  return earlier.kind === 'answered' ? earlier : second
}

function isClosed(sent: Sent): boolean {
  return sent.kind === 'failed' && sent.error.failure === 'closed'
}
