import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type HyperDHT from 'hyperdht'
import type { Address, SecretStream } from 'hyperdht'
import { startLink } from './dht-link.ts'
import { type Link, LinkError, type Peer, type PeerAddress, type RequestOptions } from './link.ts'
import { sharedLookups } from './shared-lookups.ts'
import { untilAborted } from './until-aborted.ts'

/** How long the address is tried alone, before the DHT is asked for the key as well. */
const addressHeadStartMs = 100

/**
 * Dials a peer both ways at once, the address first: it needs one round trip and no DHT. The first stream on which the peer
 * answers is taken, the others are closed. A name is resolved here, as the library hangs on one.
 */
export async function dialPeer(dht: HyperDHT, peer: Peer, { timeoutMs, signal }: RequestOptions): Promise<Link> {
  const race = new AbortController()
  const limits = [race.signal, AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]
  const attempts = attemptsFor(dht, peer, AbortSignal.any(limits))
  try {
    return await Promise.any(attempts.map((attempt) => attempt.then((found) => take(found, race))))
  } catch (error) {
    if (signal?.aborted === true) throw new LinkError('closed', 'dialling was given up', { cause: signal.reason })
    throw new LinkError('unreachable', `${nameOf(peer)} did not answer: ${reasonsOf(error)}`, { cause: error })
  } finally {
    race.abort()
  }
}

/** A link that is up and will be closed unless it is taken in the same turn. */
interface Found {
  readonly link: Link
  keep(): void
}

function take(found: Found, race: AbortController): Link {
  if (!race.signal.aborted) found.keep()
  race.abort()
  return found.link
}

function attemptsFor(dht: HyperDHT, { publicKey, address }: Peer, signal: AbortSignal): Promise<Found>[] {
  const key = Buffer.from(publicKey, 'hex')
  const byKey = () => attempt(() => dht.connect(key, {}), key, signal)
  if (address === undefined) return [byKey()]
  const byAddress = untilAborted(resolveIpv4(address), signal).then((resolved) =>
    attempt(() => dht.connect(key, { relayAddresses: [resolved] }), key, signal),
  )
  const headStart = untilAborted(sleep(addressHeadStartMs), signal)
  const afterHeadStart = Promise.race([headStart, byAddress]).then(byKey, byKey)
  return [byAddress, afterHeadStart]
}

async function attempt(connect: () => SecretStream, key: Buffer, signal: AbortSignal): Promise<Found> {
  if (signal.aborted) throw new LinkError('closed', 'another way was faster')
  const { link, opened } = startLink(connect(), key)
  const onAbort = () => link.close()
  signal.addEventListener('abort', onAbort, { once: true })
  if (!(await opened)) {
    signal.removeEventListener('abort', onAbort)
    throw await link.ended
  }
  return { link, keep: () => signal.removeEventListener('abort', onAbort) }
}

const lookupIpv4 = sharedLookups(async (host) => (await lookup(host, { family: 4 })).address)

async function resolveIpv4({ host, port }: PeerAddress): Promise<Address> {
  return { host: await lookupIpv4(host), port }
}

function nameOf({ publicKey, address }: Peer): string {
  const where = address === undefined ? '' : ` at ${address.host}:${address.port}`
  return `peer ${publicKey}${where}`
}

function reasonsOf(error: unknown): string {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error]
  return errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ')
}
