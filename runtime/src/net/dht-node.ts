/**
 * A process in the DHT: one UDP port for everything.
 *
 * N4  No record is withdrawn when the node ends: it may be a successor's already.
 */
import HyperDHT from 'hyperdht'
import { systemClock } from '../machine/clock.ts'
import { systemRandom } from '../machine/random.ts'
import { type HandOffDoor, openHandOffDoor, readHandOff } from './hand-off.ts'
import { announcingPair, type Identity, identityOf } from './identity.ts'
import { type KeptRecord, keepAnnounced } from './keep-announced.ts'
import { type Announcers, lookupTopic, queryRetries } from './lookup-topic.ts'
import { type NetLog, silentNetLog } from './net-log.ts'
import type { Announcement, NetworkNode } from './network-node.ts'
import { parseBootstrap } from './open-dht.ts'
import { openUdpNode, type UdpNode, type UdpNodeOptions } from './udp-node.ts'

export interface DhtNodeOptions extends Omit<UdpNodeOptions, 'log'> {
  readonly log?: NetLog
  /** The node or its topic is announced now, or not any more. */
  readonly onAnnouncedChange?: () => void
}

/** Rejects with a BindError when the port can't be had. */
export async function startDhtNode(options: DhtNodeOptions): Promise<NetworkNode> {
  const { log = silentNetLog, onAnnouncedChange = () => undefined } = options
  const udp = await openUdpNode({ ...options, log })
  const announcing = identityOf(announcingPair(options.identity))
  return nodeOver({ udp, announcing, log, onAnnouncedChange })
}

interface Parts {
  readonly udp: UdpNode
  readonly announcing: Identity
  readonly log: NetLog
  readonly onAnnouncedChange: () => void
}

function nodeOver(parts: Parts): NetworkNode {
  const { udp } = parts
  const { dht, identity, address } = udp
  const announcer = topicAnnouncer(parts)
  let record: KeptRecord | undefined
  let lastFound: Announcers = new Map()
  return {
    publicKey: identity.publicKey.toString('hex'),
    address,
    get announced() {
      return record?.announced ?? false
    },
    dial: (peer, request) => udp.dial(peer, request),
    async listen(answering) {
      const listener = await udp.listen(answering)
      record = keepKey(parts, identity)
      return listener
    },
    announce(topic, handOff) {
      udp.refuseIfClosed()
      return announcer.announce(topic, handOff)
    },
    async lookup(topic, request) {
      udp.refuseIfClosed()
      lastFound = await lookupTopic(dht, topic, request)
      return [...lastFound.keys()]
    },
    async takeHandOff(topicKey, request) {
      udp.refuseIfClosed()
      return readHandOff(dht, topicKey, lastFound.get(topicKey) ?? [], request)
    },
    setBootstrap(list) {
      dht.bootstrapNodes = list.map(parseBootstrap)
    },
    close: () =>
      udp.close(() => {
        record?.close()
        announcer.close()
      }),
  }
}

/** Keeps the record by which a server is found by its key. */
function keepKey({ udp: { dht }, log, onAnnouncedChange }: Parts, { publicKey, secretKey }: Identity): KeptRecord {
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
  const { announcing, log, onAnnouncedChange } = parts
  const { dht, address } = parts.udp
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
