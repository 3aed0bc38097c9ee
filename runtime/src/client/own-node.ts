import { randomBytes } from 'node:crypto'
import { keyPairOfSeed } from '../contract/key-pair.ts'
import { startDhtNode } from '../net/dht-node.ts'
import { type Dialler, LinkError } from '../net/link.ts'

/** How a client without a node of its own gets into a site's DHT. */
export interface DhtOptions {
  /** `host:port` of each bootstrap node of the site; none needs the peer's address. */
  readonly bootstrap?: readonly string[]
  /**
   * The client's seed, 64 hexadecimal characters: the public key that follows from it is what a peer lets in. A random one unless
   * given, which is let in by peers that let in everybody.
   */
  readonly seed?: string
  /** IPv4 address to bind; all of this host's unless given. */
  readonly host?: string
}

export interface OwnNode extends Dialler {
  close(): Promise<void>
}

/** A DHT node that is started by the first dial, on any free port. A start that fails is a failed dial: the next one tries again. */
export function ownNode({ bootstrap = [], seed, host = '0.0.0.0' }: DhtOptions): OwnNode {
  const identity = keyPairOfSeed(seed ?? randomBytes(32).toString('hex'))
  let starting: ReturnType<typeof startDhtNode> | undefined
  let closed = false
  const start = () => {
    if (closed) throw new LinkError('closed', 'the client is closed')
    starting ??= startDhtNode({ identity, bootstrap, host, port: 0 })
    starting.catch(() => (starting = undefined))
    return starting
  }
  return {
    dial: async (peer, options) => (await start()).dial(peer, options),
    async close() {
      closed = true
      await (await starting?.catch(() => undefined))?.close()
    },
  }
}
