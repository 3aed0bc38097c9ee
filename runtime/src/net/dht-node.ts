/**
 * A process in the DHT: one UDP port for everything.
 *
 * N2  The node is built with `firewalled: false` (else one connect in ten hangs on a few DHT nodes), `ephemeral: true` (else it
 *     stores others' records after 20 minutes and takes them with it) and its own address and port.
 * N3  Nothing waits for the DHT: peers can connect by address as soon as the port is bound.
 * N4  No record is withdrawn when the node ends: it may be a successor's already.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import HyperDHT, { type Address } from 'hyperdht'
import type { KeyPair } from '../contract/key-pair.ts'
import { systemClock } from '../machine/clock.ts'
import { systemRandom } from '../machine/random.ts'
import { listenForRequests } from './dht-listener.ts'
import { dialPeer } from './dial.ts'
import { type HandOffDoor, openHandOffDoor, readHandOff } from './hand-off.ts'
import { announcingPair, type Identity, identityOf } from './identity.ts'
import { type KeptRecord, keepAnnounced } from './keep-announced.ts'
import { type Link, LinkError, type Listener } from './link.ts'
import { type Announcers, lookupTopic, queryRetries } from './lookup-topic.ts'
import { type NetLog, silentNetLog } from './net-log.ts'
import type { Announcement, NetworkNode } from './network-node.ts'
import { bind, destroyDht, parseBootstrap } from './open-dht.ts'

export interface DhtNodeOptions {
  readonly identity: KeyPair
  /** `host:port` of each bootstrap node; an empty list means none (dialling by address still works). */
  readonly bootstrap: readonly string[]
  /** IPv4 address to bind. */
  readonly host: string
  /** UDP port, exactly; 0 means any free one (tests). */
  readonly port: number
  readonly log?: NetLog
  /** The node or its topic is announced now, or not any more. */
  readonly onAnnouncedChange?: () => void
}

export type DhtNode = NetworkNode

/** A peer whose stream is silent this long is pinged by the library, on both sides. */
const keepAliveMs = 2_000
/** Time for what was written last to leave the sockets, before they are closed. */
const flushMs = 100

/** Rejects with a BindError when the port can't be had. */
export async function startDhtNode(options: DhtNodeOptions): Promise<DhtNode> {
  const { bootstrap, host, port, log = silentNetLog, onAnnouncedChange = () => undefined } = options
  const identity = identityOf(options.identity)
  bootstrap.forEach(parseBootstrap)
  // N2
  const dht = new HyperDHT({
    bootstrap,
    host,
    port: port === 0 ? [0, 0] : [port, port + 1],
    anyPort: false,
    keyPair: identity,
    ephemeral: true,
    firewalled: false,
    connectionKeepAlive: keepAliveMs,
  })
  const address = await bind(dht, host, port)
  const announcing = identityOf(announcingPair(options.identity))
  return nodeOver({ dht, address, identity, announcing, log, onAnnouncedChange })
}

interface Parts {
  readonly dht: HyperDHT
  readonly address: Address
  readonly identity: Identity
  readonly announcing: Identity
  readonly log: NetLog
  readonly onAnnouncedChange: () => void
}

function nodeOver(parts: Parts): DhtNode {
  const { dht, address, identity, log } = parts
  const publicKey = identity.publicKey.toString('hex')
  const links = new Set<Link>()
  const announcer = topicAnnouncer(parts)
  let listener: Listener | undefined
  let record: KeptRecord | undefined
  let lastFound: Announcers = new Map()
  let closing: Promise<void> | undefined
  const open = () => {
    if (closing !== undefined) throw new LinkError('closed', 'the node is closed')
  }
  const close = async () => {
    record?.close()
    announcer.close()
    for (const link of links) link.close()
    await listener?.close()
    await sleep(flushMs)
    await destroyDht(dht)
  }
  return {
    publicKey,
    address,
    get announced() {
      return record?.announced ?? false
    },
    async dial(peer, request) {
      open()
      const link = await dialPeer(dht, peer, request)
      if (closing !== undefined) link.close()
      links.add(link)
      void link.ended.then(() => links.delete(link))
      return link
    },
    async listen(answering) {
      open()
      if (listener !== undefined) throw new Error('a node listens once')
      listener = await listenForRequests(dht, identity, answering, log)
      record = keepKey(parts, identity)
      return listener
    },
    announce(topic, handOff) {
      open()
      return announcer.announce(topic, handOff)
    },
    async lookup(topic, request) {
      open()
      lastFound = await lookupTopic(dht, topic, request)
      return [...lastFound.keys()]
    },
    async takeHandOff(topicKey, request) {
      open()
      return readHandOff(dht, topicKey, lastFound.get(topicKey) ?? [], request)
    },
    setBootstrap(list) {
      dht.bootstrapNodes = list.map(parseBootstrap)
    },
    close: () => (closing ??= close()),
  }
}

/** Keeps the record by which a server is found by its key. */
function keepKey({ dht, log, onAnnouncedChange }: Parts, { publicKey, secretKey }: Identity): KeptRecord {
  const target = HyperDHT.hash(publicKey)
  return keepAnnounced({
    announce: () => dht.announce(target, { publicKey, secretKey }, [], { retries: queryRetries }).finished(),
    onChange(announced) {
      log.info({ announced, publicKey: publicKey.toString('hex') }, 'record of the key changed')
      onAnnouncedChange()
    },
    clock: systemClock,
    random: systemRandom,
  })
}

interface TopicAnnouncer {
  announce(topic: string, handOff: string): Announcement
  close(): void
}

/** Announces topics one after the other, all with one hand-off endpoint: the pair can serve only once in a node. */
function topicAnnouncer(parts: Parts): TopicAnnouncer {
  const { dht, address, announcing, log, onAnnouncedChange } = parts
  let door: Promise<HandOffDoor> | undefined
  let records: readonly KeptRecord[] = []
  const close = () => {
    for (const record of records) record.close()
    records = []
    void door?.then((opened) => opened.offer(null))
  }
  return {
    announce(topic, handOff) {
      if (records.length > 0) throw new Error('a node announces one topic at a time')
      door ??= openHandOffDoor(dht, announcing)
      const opening = door
      const target = Buffer.from(topic, 'hex')
      const announce = async () => {
        ;(await opening).offer(Buffer.from(handOff, 'hex'))
        await dht.announce(target, announcing, [address], { retries: queryRetries }).finished()
      }
      const topicRecord = keepAnnounced({
        announce,
        onChange(announced) {
          log.info({ announced }, 'record of the topic changed')
          onAnnouncedChange()
        },
        clock: systemClock,
        random: systemRandom,
      })
      records = [topicRecord, keepKey(parts, announcing)]
      return {
        get announced() {
          return topicRecord.announced
        },
        close() {
          close()
          return Promise.resolve()
        },
      }
    },
    close,
  }
}
