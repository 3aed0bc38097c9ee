import type { Answering, Dialler, Listener, PeerAddress, RequestOptions } from './link.ts'

/** A topic under which this process can be found. */
export interface Announcement {
  /** Whether anybody holds the record: false while no DHT node can be reached. For status only, nothing waits for it. */
  readonly announced: boolean
  /** Stops announcing. The record isn't withdrawn: it may already be that of a successor with the same key. */
  close(): Promise<void>
}

/** A process in a network: a DHT node, or its likeness in memory. */
export interface NetworkNode extends Dialler {
  /** 64 hexadecimal characters. */
  readonly publicKey: string
  /** Where this node's port answers. */
  readonly address: PeerAddress
  /** Whether anybody holds the record of the listener, by which it is found by key. For status only. */
  readonly announced: boolean
  /**
   * Serves requests under the process's own key; at most once in a node. Resolves when peers can connect (by address at
   * once, by key as soon as it is announced, which this doesn't wait for).
   */
  listen(answering: Answering): Promise<Listener>
  /**
   * Announces a topic (64 hexadecimal characters) under the derived pair. Whoever connects gets the 32 bytes of `handOff`,
   * the key (hex) of the listener, as the first bytes. At most one at a time.
   */
  announce(topic: string, handOff: string): Announcement
  /** The topic keys of those who announce, each once; at most 20 random ones of each DHT node. Rejects with a LinkError. */
  lookup(topic: string, options: RequestOptions): Promise<string[]>
  /** Asks who announces under a topic key: the key (hex) at which the process listens. Rejects with a LinkError. */
  takeHandOff(topicKey: string, options: RequestOptions): Promise<string>
  /** Replaces the bootstrap nodes, `host:port` each. */
  setBootstrap(bootstrap: readonly string[]): void
  /** Ends all links, then the node. Withdraws no record. */
  close(): Promise<void>
}
