import type { KeyPair } from '../../src/contract/key-pair.ts'
import { startDhtNode } from '../../src/net/dht-node.ts'
import type { Link } from '../../src/net/link.ts'
import type { NetworkNode } from '../../src/net/network-node.ts'
import { loopback } from '../net/test-dht.ts'

/** Processes, friends and others, that come to a site from outside. */
export class Outsiders {
  readonly #bootstrap: readonly string[]
  readonly #orkKey: string
  readonly #nodes: NetworkNode[] = []

  constructor(bootstrap: readonly string[], orkKey: string) {
    this.#bootstrap = bootstrap
    this.#orkKey = orkKey
  }

  async join(identity: KeyPair): Promise<NetworkNode> {
    const node = await startDhtNode({ identity, bootstrap: this.#bootstrap, host: loopback, port: 0 })
    this.#nodes.push(node)
    return node
  }

  async dialOrk(identity: KeyPair): Promise<Link> {
    return (await this.join(identity)).dial({ publicKey: this.#orkKey }, { timeoutMs: 10_000 })
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close()))
  }
}
