import type { Listener } from './link.ts'
import type { MemoryNetwork } from './memory-network.ts'
import type { NetworkNode } from './network-node.ts'

export interface JoinedNodeParts {
  /** Those of this process. */
  readonly network: MemoryNetwork
  /** The process's own place among them, with the same key as `outer`. */
  readonly inner: NetworkNode
  /** Its place among other processes. */
  readonly outer: NetworkNode
}

/**
 * A process that has peers inside of it and outside: it dials a peer where it is, answers both, and is found outside. Closing it
 * closes both nodes.
 */
export function joinNodes({ network, inner, outer }: JoinedNodeParts): NetworkNode {
  return {
    publicKey: outer.publicKey,
    address: outer.address,
    get announced() {
      return outer.announced
    },
    dial: (peer, request) => (network.has(peer.publicKey) ? inner : outer).dial(peer, request),
    listen: async (answering) => joinListeners(await inner.listen(answering), await outer.listen(answering)),
    announce: (topic, handOff) => outer.announce(topic, handOff),
    lookup: (topic, request) => outer.lookup(topic, request),
    takeHandOff: (topicKey, request) => outer.takeHandOff(topicKey, request),
    setBootstrap: (bootstrap) => outer.setBootstrap(bootstrap),
    async close() {
      await Promise.all([inner.close(), outer.close()])
    },
  }
}

function joinListeners(inner: Listener, outer: Listener): Listener {
  return {
    publicKey: outer.publicKey,
    recheck() {
      inner.recheck()
      outer.recheck()
    },
    callers: () => [...new Set([...inner.callers(), ...outer.callers()])],
    async close() {
      await Promise.all([inner.close(), outer.close()])
    },
  }
}
