/**
 * The part of a process on UDP that needs no DHT: one port on which it is dialled by address, and from which it dials.
 *
 * N2  The node is built with `firewalled: false` (else one connect in ten hangs on a few DHT nodes), `ephemeral: true` (else it
 *     stores others' records after 20 minutes and takes them with it) and its own address and port.
 * N3  Nothing waits for the DHT: peers can connect by address as soon as the port is bound.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type HyperDHT from 'hyperdht'
import type { Address } from 'hyperdht'
import type { KeyPair } from '../contract/key-pair.ts'
import { listenForRequests } from './dht-listener.ts'
import { dialPeer, type LastAddresses } from './dial.ts'
import { type Identity, identityOf } from './identity.ts'
import { type Answering, type Link, LinkError, type Listener, type Peer, type RequestOptions } from './link.ts'
import type { NetLog } from './net-log.ts'
import { bind, destroyDht, parseBootstrap } from './open-dht.ts'
import { SafeDht } from './safe-dht.ts'

export interface UdpNodeOptions {
  readonly identity: KeyPair
  /** `host:port` of each bootstrap node; an empty list means none. */
  readonly bootstrap: readonly string[]
  /** IPv4 address to bind. */
  readonly host: string
  /** UDP port, exactly; 0 means any free one. */
  readonly port: number
  readonly log: NetLog
}

export interface UdpNode {
  readonly dht: HyperDHT
  readonly identity: Identity
  readonly address: Address
  /** Throws a LinkError once the node is closing. */
  refuseIfClosed(): void
  dial(peer: Peer, request: RequestOptions): Promise<Link>
  /** At most once. */
  listen(answering: Answering): Promise<Listener>
  /** Ends all links and the port. `first` is done before all else, once; all is ended even if it fails. Idempotent. */
  close(first?: () => Promise<void> | void): Promise<void>
}

/** A peer whose stream is silent this long is pinged by the library, on both sides. */
const keepAliveMs = 2_000
/**
 * Requests that nobody has answered yet. The library holds back all others when there are 80, for a second or more: dials of peers that
 * are away, and of strangers that were, would keep those waiting that are there. Who dials bounds how many there are.
 */
const maxUnanswered = 4_096
/** Time for what was written last to leave the sockets, before they are closed. */
const flushMs = 100

/** Rejects with a BindError when the port can't be had. */
export async function openUdpNode(options: UdpNodeOptions): Promise<UdpNode> {
  const { bootstrap, host, port, log } = options
  const identity = identityOf(options.identity)
  bootstrap.forEach(parseBootstrap)
  // N2
  const dht = new SafeDht({
    bootstrap,
    host,
    port: port === 0 ? [0, 0] : [port, port + 1],
    anyPort: false,
    keyPair: identity,
    ephemeral: true,
    firewalled: false,
    connectionKeepAlive: keepAliveMs,
    maxWindow: maxUnanswered,
  })
  const address = await bind(dht, host, port)
  return nodeOver({ dht, identity, address, log })
}

function nodeOver({ dht, identity, address, log }: Pick<UdpNode, 'dht' | 'identity' | 'address'> & { log: NetLog }) {
  const links = new Set<Link>()
  const lastAddresses: LastAddresses = new Map()
  let dials = 0
  let listener: Listener | undefined
  let closing: Promise<void> | undefined
  const refuseIfClosed = () => {
    if (closing !== undefined) throw new LinkError('closed', 'the node is closed')
  }
  const closeAll = async () => {
    for (const link of links) link.close()
    try {
      await listener?.close()
    } finally {
      await sleep(flushMs)
      await destroyDht(dht)
    }
  }
  const close = async (first?: () => Promise<void> | void) => {
    try {
      await first?.()
    } finally {
      await closeAll()
    }
  }
  const node: UdpNode = {
    dht,
    identity,
    address,
    refuseIfClosed,
    async dial(peer, request) {
      refuseIfClosed()
      dials += 1
      const link = await dialPeer({ dht, lastAddresses, underWay: dials }, peer, request).finally(() => (dials -= 1))
      if (closing !== undefined) link.close()
      links.add(link)
      void link.ended.then(() => links.delete(link))
      return link
    },
    async listen(answering) {
      refuseIfClosed()
      if (listener !== undefined) throw new Error('a node listens once')
      listener = await listenForRequests(dht, identity, answering, log)
      return listener
    },
    close: (first) => (closing ??= close(first)),
  }
  return node
}
