import type { Clock } from '../machine/clock.ts'
import { LinkError } from '../net/link.ts'
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
  /** Whether the message does something, so that it must not be sent twice. */
  readonly acts: boolean
}

/** Sends a message over the link in use; once more if that ends under it and sending twice does no harm. Never rejects. */
export async function sendOver(
  kept: KeptLink,
  clock: Clock,
  message: Buffer,
  { timeoutMs, linkWaitMs, acts }: SendOptions,
): Promise<Sent> {
  const endsAt = clock.now() + timeoutMs
  for (let tries = 1; ; tries += 1) {
    const link = await kept.wait(Math.min(linkWaitMs, endsAt - clock.now()))
    if (link === null) return { kind: 'unlinked' }
    try {
      return { kind: 'answered', frame: await link.request(message, { timeoutMs: Math.max(1, endsAt - clock.now()) }) }
    } catch (error) {
      if (!(error instanceof LinkError)) throw error
      if (acts || error.failure !== 'closed' || tries > 1) return { kind: 'failed', error }
    }
  }
}
