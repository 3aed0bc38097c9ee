import { setImmediate as nextTurn } from 'node:timers/promises'
import type { KeyPair } from '../contract/key-pair.ts'
import { type Clock, systemClock } from '../machine/clock.ts'
import { answerSafely, maxMessageBytes } from './answer-safely.ts'
import { announcingPair } from './identity.ts'
import {
  type Answering,
  type Link,
  LinkError,
  type LinkFailure,
  type Listener,
  type Peer,
  type RequestOptions,
} from './link.ts'
import { type NetLog, silentNetLog } from './net-log.ts'
import type { Announcement, NetworkNode } from './network-node.ts'
import { untilAborted } from './until-aborted.ts'

/**
 * A network without a network: the same promises as a DHT node, kept inside one process, without ports. A site in one process
 * runs on it, and so do tests: its faults are those of a network.
 *
 * M1  Nothing takes time but what waits for a peer that was frozen, and yet no conversation keeps the event loop from turning:
 *     of every `messagesATurn` messages one waits for the next turn.
 */
export interface MemoryNetwork {
  /** A new process in the network. One that joins with a key that is there takes its place, as a restarted process does. */
  join(identity: KeyPair): NetworkNode
  /** Whether somebody with this key has joined. */
  has(publicKey: string): boolean
  /** Ends the links of a peer and lets nobody reach it until `restore`, as if its process had been killed. */
  cut(publicKey: string): void
  /** Nobody gets an answer to or from the peer until `restore`; its links stay up, as if its host had frozen. */
  freeze(publicKey: string): void
  restore(publicKey: string): void
}

/** M1 */
const messagesATurn = 256

/** `clock` is asked for nothing but timeouts. */
export function memoryNetwork(clock: Clock = systemClock, log: NetLog = silentNetLog): MemoryNetwork {
  const net: Shared = { clock, log, members: new Map(), doors: new Map(), conditions: new Map(), messages: 0 }
  return {
    join: (identity) => joinNetwork(net, identity),
    has: (publicKey) => net.members.has(publicKey),
    cut(publicKey) {
      net.conditions.set(publicKey, 'cut')
      net.members.get(publicKey)?.endLinks()
    },
    freeze: (publicKey) => void net.conditions.set(publicKey, 'frozen'),
    restore: (publicKey) => void net.conditions.delete(publicKey),
  }
}

type Condition = 'cut' | 'frozen'

interface Shared {
  readonly clock: Clock
  readonly log: NetLog
  /** Processes by public key; the last that joined with a key. */
  readonly members: Map<string, Member>
  /** Announcements by topic key. */
  readonly doors: Map<string, Door>
  readonly conditions: Map<string, Condition>
  /** How many were sent. */
  messages: number
}

interface Member {
  readonly publicKey: string
  listener: Served | undefined
  readonly links: Set<MemoryLink>
  endLinks(): void
}

interface Served {
  readonly answering: Answering
}

interface Door {
  readonly owner: string
  readonly topic: string
  readonly handOff: string
}

/** One stream, seen from both ends. */
interface MemoryLink {
  readonly caller: string
  readonly server: Member
  readonly served: Served
  end(error: LinkError): void
}

function joinNetwork(net: Shared, identity: KeyPair): NetworkNode {
  const { publicKey } = identity
  const member = newMember(publicKey)
  net.members.get(publicKey)?.endLinks()
  net.members.set(publicKey, member)
  const announcer = topicAnnouncer(net, identity)
  let closed = false
  const whileOpen = <Value>(act: () => Value | Promise<Value>): Promise<Value> =>
    soon(() => {
      if (closed) throw new LinkError('closed', 'the node is closed')
      return act()
    })
  return {
    publicKey,
    address: { host: `${publicKey}.memory`, port: 1 },
    get announced() {
      return member.listener !== undefined
    },
    dial: (peer, options) =>
      whileOpen(() => {
        const way: Way = { net, peers: [publicKey, peer.publicKey], silence: 'unreachable' }
        return reach(way, options, () => openLink(net, member, peer))
      }),
    listen: (answering) =>
      whileOpen(() => {
        if (member.listener !== undefined) throw new Error('a node listens once')
        return serve(member, { answering })
      }),
    announce: (topic, handOff) => announcer.announce(topic, handOff),
    lookup: (topic, options) =>
      whileOpen(() =>
        reach({ net, peers: [publicKey], silence: 'unreachable' }, options, () => announcing(net, topic)),
      ),
    takeHandOff: (topicKey, options) =>
      whileOpen(() => {
        const door = net.doors.get(topicKey)
        if (door === undefined) throw new LinkError('unreachable', `nobody announces under ${topicKey}`)
        return reach({ net, peers: [publicKey, door.owner], silence: 'unreachable' }, options, () => door.handOff)
      }),
    setBootstrap: () => undefined,
    close: () =>
      soon(() => {
        closed = true
        announcer.close()
        member.listener = undefined
        member.endLinks()
        if (net.members.get(publicKey) === member) net.members.delete(publicKey)
      }),
  }
}

function topicAnnouncer(net: Shared, identity: KeyPair) {
  const { publicKey: topicKey } = announcingPair(identity)
  let announced: Door | undefined
  const close = () => {
    if (net.doors.get(topicKey) === announced) net.doors.delete(topicKey)
    announced = undefined
  }
  return {
    close,
    announce(topic: string, handOff: string): Announcement {
      if (announced !== undefined) throw new Error('a node announces one topic at a time')
      const door = { owner: identity.publicKey, topic, handOff }
      announced = door
      net.doors.set(topicKey, door)
      return {
        get announced() {
          return announced === door
        },
        close: () => soon(close),
      }
    },
  }
}

function announcing(net: Shared, topic: string): string[] {
  return [...net.doors].filter(([, door]) => door.topic === topic).map(([topicKey]) => topicKey)
}

function newMember(publicKey: string): Member {
  const links = new Set<MemoryLink>()
  return {
    publicKey,
    listener: undefined,
    links,
    endLinks() {
      for (const link of links) link.end(new LinkError('closed', 'the stream ended (connection reset by peer)'))
    },
  }
}

function serve(member: Member, served: Served): Listener {
  member.listener = served
  const incoming = () => [...member.links].filter((link) => link.served === served)
  const endWhere = (ends: (link: MemoryLink) => boolean) => {
    for (const link of incoming().filter(ends)) link.end(new LinkError('closed', 'the stream was closed'))
  }
  return {
    publicKey: member.publicKey,
    recheck: () => endWhere((link) => !served.answering.admits(link.caller)),
    callers: () => [...new Set(incoming().map((link) => link.caller))],
    close: () =>
      soon(() => {
        member.listener = undefined
        endWhere(() => true)
      }),
  }
}

function openLink(net: Shared, caller: Member, { publicKey }: Peer): Link {
  const server = net.members.get(publicKey)
  const served = server?.listener
  if (server === undefined || served?.answering.admits(caller.publicKey) !== true) {
    throw new LinkError('unreachable', `peer ${publicKey} did not answer`)
  }
  const { promise: ended, resolve } = Promise.withResolvers<LinkError>()
  /** What ends each request under way. Not a wait of each for `ended`, which would keep all of them for as long as the link is there. */
  const underWay = new Set<(error: LinkError) => void>()
  let open = true
  const stream: MemoryLink = {
    caller: caller.publicKey,
    server,
    served,
    end(error) {
      open = false
      caller.links.delete(stream)
      server.links.delete(stream)
      for (const reject of underWay) reject(endedUnder(error))
      resolve(error)
    },
  }
  caller.links.add(stream)
  server.links.add(stream)
  return {
    publicKey,
    ended,
    isOurs: true,
    get open() {
      return open
    },
    async request(message, options) {
      if (!open) throw new LinkError('closed', 'the link has ended')
      if (message.length > maxMessageBytes) {
        throw new LinkError('refused', `a message of ${message.length} bytes can't be sent, ${maxMessageBytes} can`)
      }
      const { promise: cut, reject } = Promise.withResolvers<never>()
      const answer = reach({ net, peers: [caller.publicKey, publicKey] }, options, () => deliver(net, stream, message))
      underWay.add(reject)
      try {
        return await Promise.race([answer, cut])
      } finally {
        underWay.delete(reject)
      }
    },
    close: () => stream.end(new LinkError('closed', 'the stream was closed')),
  }
}

/** Copies in and out, as nothing is shared between processes. */
async function deliver(net: Shared, { served, caller }: MemoryLink, message: Buffer): Promise<Buffer> {
  net.messages += 1
  if (net.messages % messagesATurn === 0) await nextTurn()
  return Buffer.from(await answerSafely(served.answering, Buffer.from(message), caller, net.log))
}

function endedUnder({ failure, message }: LinkError): LinkError {
  return new LinkError(failure === 'timeout' ? 'timeout' : 'closed', message)
}

interface Way {
  readonly net: Shared
  /** Who takes part. */
  readonly peers: readonly string[]
  /** What it is when nobody answers in time. */
  readonly silence?: LinkFailure
}

/** Does what needs these peers, unless one is cut; while one is frozen, nothing is heard. */
async function reach<Value>(
  { net, peers, silence = 'timeout' }: Way,
  { timeoutMs, signal }: RequestOptions,
  act: () => Value | Promise<Value>,
): Promise<Value> {
  if (signal?.aborted === true) throw new LinkError('closed', 'it was given up', { cause: signal.reason })
  const isAny = (condition: Condition) => peers.some((peer) => net.conditions.get(peer) === condition)
  if (isAny('cut')) throw new LinkError('unreachable', 'the peer did not answer')
  const done = isAny('frozen') ? new Promise<never>(() => undefined) : soon(act)
  const heard = done.then((value) => (isAny('frozen') ? new Promise<never>(() => undefined) : value))
  const { promise: late, reject } = Promise.withResolvers<never>()
  const cancel = net.clock.after(timeoutMs, () => reject(new LinkError(silence, `no answer in ${timeoutMs} ms`)))
  try {
    return await untilAborted(Promise.race([heard, late]), signal)
  } finally {
    cancel()
  }
}

/** What the action gives or throws, as a promise. */
function soon<Value>(act: () => Value | Promise<Value>): Promise<Value> {
  return new Promise((resolve) => resolve(act()))
}
