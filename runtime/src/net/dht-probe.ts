/**
 * Looks at a DHT from outside of a process that is in it: with a node of its own at a free port, under a key that is thrown
 * away. It announces nothing and takes no calls, so that whoever runs beside it isn't disturbed.
 */
import { randomBytes } from 'node:crypto'
import HyperDHT, { type Query } from 'hyperdht'
import { systemClock } from '../machine/clock.ts'
import { within } from '../machine/within.ts'
import type { PeerAddress } from './link.ts'
import { LinkError } from './link.ts'
import { lookupTopic, queryRetries } from './lookup-topic.ts'
import { bind, destroyDht, parseBootstrap } from './open-dht.ts'

/** `disguised`: it answers, and not as the DHT node of the address that was asked: something in between rewrites addresses. */
export type Ping = 'answered' | 'disguised' | 'silent'

/** How many DHT nodes answered a question, and how many of them hold a record. */
export interface KeyHolders {
  readonly answered: number
  readonly holding: number
}

export interface DhtProbe {
  /** Pings a process of the DHT at its IPv4 address. Only a node that stores records can be `disguised`. */
  ping(address: PeerAddress, timeoutMs: number): Promise<Ping>
  /** Asks the DHT nodes for the record of a key (hex). */
  findKey(publicKey: string, timeoutMs: number): Promise<KeyHolders>
  /** Topic keys (hex) of those who announce a topic (hex); null when no DHT node answers. */
  findTopic(topic: string, timeoutMs: number): Promise<readonly string[] | null>
  close(): Promise<void>
}

export interface DhtProbeOptions {
  /** IPv4 address to bind. */
  readonly host: string
  /** IPv4 addresses of the DHT nodes, `host:port` each. */
  readonly bootstrap: readonly string[]
}

/** Rejects with a BindError when there is no such address. */
export async function openDhtProbe({ host, bootstrap }: DhtProbeOptions): Promise<DhtProbe> {
  const nodes = new Set(bootstrap)
  bootstrap.forEach(parseBootstrap)
  const keyPair = HyperDHT.keyPair(randomBytes(32))
  const options = { bootstrap, host, keyPair, ephemeral: true, firewalled: false, anyPort: false } as const
  const dht = new HyperDHT({ ...options, port: [0, 0] })
  await bind(dht, host, 0)
  return {
    async ping(address, timeoutMs) {
      const storesRecords = nodes.has(`${address.host}:${address.port}`)
      const answer = dht.ping(address).then(
        ({ from }): Ping => (storesRecords && from.id === null ? 'disguised' : 'answered'),
        (): Ping => 'silent',
      )
      return within(systemClock, timeoutMs, answer, 'silent')
    },
    findKey: (publicKey, timeoutMs) =>
      countHolders(dht.findPeer(Buffer.from(publicKey, 'hex'), { retries: queryRetries }), timeoutMs),
    async findTopic(topic, timeoutMs) {
      try {
        return [...(await lookupTopic(dht, topic, { timeoutMs })).keys()]
      } catch (error) {
        if (error instanceof LinkError) return null
        throw error
      }
    },
    close: () => destroyDht(dht),
  }
}

async function countHolders(query: Query, timeoutMs: number): Promise<KeyHolders> {
  let holding = 0
  query.on('data', () => (holding += 1))
  query.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => query.on('close', () => resolve()))
  await within(systemClock, timeoutMs, ended, undefined)
  query.destroy()
  return { answered: query.successes, holding }
}
