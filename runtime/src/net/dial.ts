import { lookup } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type HyperDHT from 'hyperdht'
import type { Address, SecretStream } from 'hyperdht'
import { startLink } from './dht-link.ts'
import { type Link, LinkError, type Peer, type PeerAddress, type RequestOptions } from './link.ts'
import { sharedLookups } from './shared-lookups.ts'
import { untilAborted } from './until-aborted.ts'

/**
 * How long the address is tried alone, before the DHT is asked for the key as well. Where many are dialled at once each takes longer,
 * and asking for all of them would double the work just then: 32 at once may take 300 ms each on a slow machine. What is left of the
 * dial's time is for the DHT.
 */
const headStart = { firstMs: 100, eachMs: 25, ofTimeout: 0.4 }

/** Where peers answered last, by public key. */
export type LastAddresses = Map<string, Address>

/** How many are remembered. */
const maxLastAddresses = 2_048

export interface DialParts {
  readonly dht: HyperDHT
  readonly lastAddresses: LastAddresses
  /** Dials of this node that are under way, this one included. */
  readonly underWay: number
}

/**
 * Dials a peer both ways at once, the address first: it needs one round trip and no DHT. The first stream on which the peer
 * answers is taken, the others are closed. A name is resolved here, as the library hangs on one.
 */
export async function dialPeer(parts: DialParts, peer: Peer, { timeoutMs, signal }: RequestOptions): Promise<Link> {
  const race = new AbortController()
  const limit = setTimeout(() => race.abort('its time is over'), timeoutMs)
  const limits = [race.signal, ...(signal === undefined ? [] : [signal])]
  const aloneMs = headStartMs(parts.underWay, timeoutMs)
  const attempts = attemptsFor(parts, peer, aloneMs, AbortSignal.any(limits))
  try {
    const { link, address } = await Promise.any(attempts.map((attempt) => attempt.then((found) => take(found, race))))
    remember(parts.lastAddresses, peer.publicKey, address)
    return link
  } catch (error) {
    if (signal?.aborted === true) throw new LinkError('closed', 'dialling was given up', { cause: signal.reason })
    throw new LinkError('unreachable', `${nameOf(peer)} did not answer: ${reasonsOf(error)}`, { cause: error })
  } finally {
    clearTimeout(limit)
    race.abort(decided)
  }
}

/** A reason of its own, since the usual one is an exception with a stack, which costs more than all else here. */
const decided = 'it is decided'

/** A link that is up and will be closed unless it is taken in the same turn. */
interface Found {
  readonly link: Link
  readonly address: Address
  keep(): void
}

function take(found: Found, race: AbortController): Found {
  if (!race.signal.aborted) found.keep()
  race.abort(decided)
  return found
}

/** The oldest makes room. */
function remember(lastAddresses: LastAddresses, publicKey: string, address: Address): void {
  lastAddresses.delete(publicKey)
  lastAddresses.set(publicKey, address)
  const [oldest] = lastAddresses.keys()
  if (oldest !== undefined && lastAddresses.size > maxLastAddresses) lastAddresses.delete(oldest)
}

/**
 * By its key alone a peer is looked for where it answered last, too. Unless it is told, the library takes that peer's own address and
 * two DHT nodes for it, and waits 4 s for the first when the peer has moved, before it asks the other nodes.
 */
function attemptsFor(
  { dht, lastAddresses }: DialParts,
  { publicKey, address }: Peer,
  aloneMs: number,
  signal: AbortSignal,
): Promise<Found>[] {
  const key = Buffer.from(publicKey, 'hex')
  const last = lastAddresses.get(publicKey)
  const byKey = () => attempt(() => dht.connect(key, last === undefined ? {} : { relayAddresses: [last] }), key, signal)
  if (address === undefined) return [byKey()]
  const byAddress = untilAborted(resolveIpv4(address), signal).then((resolved) =>
    attempt(() => dht.connect(key, { relayAddresses: [resolved] }), key, signal),
  )
  const ahead = untilAborted(sleep(aloneMs), signal)
  const afterHeadStart = Promise.race([ahead, byAddress]).then(byKey, byKey)
  return [byAddress, afterHeadStart]
}

function headStartMs(underWay: number, timeoutMs: number): number {
  const { firstMs, eachMs, ofTimeout } = headStart
  return Math.min(ofTimeout * timeoutMs, firstMs + eachMs * (underWay - 1))
}

async function attempt(connect: () => SecretStream, key: Buffer, signal: AbortSignal): Promise<Found> {
  if (signal.aborted) throw new LinkError('closed', 'another way was faster')
  const stream = connect()
  const { link, opened } = startLink(stream, key)
  const onAbort = () => link.close()
  signal.addEventListener('abort', onAbort, { once: true })
  if (!(await opened)) {
    signal.removeEventListener('abort', onAbort)
    throw await link.ended
  }
  const { remoteHost: host, remotePort: port } = stream.rawStream
  return { link, address: { host, port }, keep: () => signal.removeEventListener('abort', onAbort) }
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
