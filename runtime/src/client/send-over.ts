import type { Clock } from '../machine/clock.ts'
import { type Link, LinkError, mayHaveArrived } from '../net/link.ts'
import type { KeptLink } from './kept-link.ts'

/** What became of a message: the reply, no link on which to send it, or an end without a reply. */
export type Sent =
  | { readonly kind: 'answered'; readonly frame: Buffer }
  | { readonly kind: 'unlinked' }
  /** `fateUnknown`: it may have arrived, and must not be sent again. */
  | { readonly kind: 'failed'; readonly error: LinkError; readonly fateUnknown: boolean }

/**
 * To whom a message may be sent that may have arrived before: to nobody if it does something, to anybody if it does nothing, and to
 * a peer that is ours if it does something and has a key by which ours knows it again.
 */
export type Repeatable = 'never' | 'to-ours' | 'always'

export interface SendOptions {
  /** The whole of it takes no longer: waiting for a link, the answer, and a second try. */
  readonly timeoutMs: number
  /** Of that, the time to wait for a link if there is none. */
  readonly linkWaitMs: number
  /** What isn't always repeatable isn't sent to a peer that may be gone. */
  readonly repeatable: Repeatable
}

/**
 * Sends a message over the link in use; once more if that link ends or is replaced before the answer has come, and sending twice does
 * no harm. Never rejects.
 */
export async function sendOver(
  kept: KeptLink,
  clock: Clock,
  message: Buffer,
  { timeoutMs, linkWaitMs, repeatable }: SendOptions,
): Promise<Sent> {
  const endsAt = clock.monotonic() + timeoutMs
  const waitMs = (): number => Math.min(linkWaitMs, endsAt - clock.monotonic())
  const mayRepeat = (link: Link): boolean => repeatable === 'always' || (repeatable === 'to-ours' && link.isOurs)
  const send = async (link: Link): Promise<Sent> => {
    try {
      return {
        kind: 'answered',
        frame: await link.request(message, { timeoutMs: Math.max(1, endsAt - clock.monotonic()) }),
      }
    } catch (error) {
      if (!(error instanceof LinkError)) throw error
      return { kind: 'failed', error, fateUnknown: mayHaveArrived(error.failure) && !mayRepeat(link) }
    }
  }
  const link = await kept.wait(waitMs(), { sure: repeatable !== 'always' })
  if (link === null) return { kind: 'unlinked' }
  const first = send(link)
  if (!mayRepeat(link)) return first
  const ending = await endOrReplacement(kept, link, first)
  if (ending !== 'replaced' && !isClosed(ending)) return ending
  const next = await kept.wait(waitMs())
  if (next === null) return ending === 'replaced' ? first : { kind: 'unlinked' }
  return mayRepeat(next) ? firstAnswered(first, send(next)) : first
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
