import type { Backoff } from '../../../machine/backoff.ts'
import type { Instance } from '../../ports/command-targets.ts'
import type { Command } from './machine.ts'

/** How often a command is tried again. */
export const maxRetries = 3
/** Time before each of these. */
export const retryBackoff: Backoff = { firstMs: 1_000, limitMs: 4_000 }
/** So long after it was sent first, a command may be repeated: what its caller has given up on isn't run at last. */
export const repeatForMs = 600_000

/**
 * M2. Whether the command may go to this instance: it provably wasn't sent before, or running it twice is as good as once, or the
 * instance is the one that got it and still remembers. Nobody knows how old it is once the clock was set back beyond its sending.
 */
export function decideSend(
  { sentTo, idempotent }: Pick<Command, 'sentTo' | 'idempotent'>,
  instance: Instance,
  now: number,
): 'send' | 'lose' {
  if (sentTo === null || idempotent) return 'send'
  const remembers = instance.instanceId !== null && isSameInstance(sentTo, instance)
  const ageMs = now - sentTo.since
  return remembers && ageMs >= 0 && ageMs <= repeatForMs ? 'send' : 'lose'
}

export function isSameInstance(a: Instance, b: Instance): boolean {
  return a.instanceId === b.instanceId && a.publicKey === b.publicKey
}

/** Whether a command that got no answer is worth another try; where it then goes is seen when it is its turn. */
export function decideRetry({ sentTo, idempotent, retries }: Command): 'retry' | 'lose' {
  const mayBeSafe = idempotent || sentTo === null || sentTo.instanceId !== null
  return mayBeSafe && retries < maxRetries ? 'retry' : 'lose'
}
