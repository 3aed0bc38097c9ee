/** What we use of hyperdht 6.34, which has no types of its own. */
declare module 'hyperdht' {
  export interface RawKeyPair {
    readonly publicKey: Buffer
    readonly secretKey: Buffer
  }

  export interface Address {
    readonly host: string
    readonly port: number
  }

  export interface NodeOptions {
    readonly bootstrap: readonly string[]
    /** `[first, end)`; `[0, 0]` is any free port. */
    readonly port?: readonly [number, number]
    readonly host?: string
    readonly keyPair?: RawKeyPair
    readonly ephemeral?: boolean
    readonly firewalled?: boolean
    readonly anyPort?: boolean
    readonly connectionKeepAlive?: number
    /** How many requests may be under way without an answer: the rest wait until some are given up. 80 unless set. */
    readonly maxWindow?: number
  }

  /** An encrypted stream (@hyperswarm/secret-stream over UDX). */
  export interface SecretStream extends NodeJS.EventEmitter {
    /** Whether the handshake was done; false when the stream ended before. Never rejects. */
    readonly opened: Promise<boolean>
    readonly remotePublicKey: Buffer
    /** Once it is open: where the other side answers. */
    readonly rawStream: { readonly remoteHost: string; readonly remotePort: number }
    readonly destroying: boolean
    /** Ends the stream when nothing has been received for so long. */
    setTimeout(ms: number): void
    write(bytes: Buffer): boolean
    /** Reads no more: the other side's writes wait, once the buffers in between are full. */
    pause(): void
    /** Resolves when the other side has received everything, or the stream has ended. */
    flush(): Promise<boolean>
    destroy(error?: Error): void
  }

  export interface Server extends NodeJS.EventEmitter {
    /** Set once peers can connect. */
    readonly publicKey: Buffer | null
    /** Hash of the public key: where the server announces itself. */
    readonly target: Buffer | null
    /** Its own address if it is known, then the nodes that hold its record. */
    readonly relayAddresses: readonly Address[]
    /** Resolves when announced, which may be long after peers can connect. */
    listen(keyPair: RawKeyPair): Promise<unknown>
  }

  export interface Reply {
    readonly peers: readonly { readonly publicKey: Buffer; readonly relayAddresses: readonly Address[] }[]
  }

  /** A query under way: a stream of what nodes hold, which ends when all have answered or been given up. */
  export interface Query extends NodeJS.EventEmitter {
    /** How many nodes have answered so far, with or without a record. */
    readonly successes: number
    /** Rejects when an announcement reached nobody. */
    finished(): Promise<void>
    destroy(): void
  }

  export interface QueryOptions {
    readonly retries: number
  }

  /** `remotePublicKey` is null for the side that is called. */
  type CreateHandshake = (keyPair: RawKeyPair, remotePublicKey: Buffer | null) => object

  export interface ConnectOptions {
    readonly relayAddresses?: readonly Address[]
    readonly keyPair?: RawKeyPair
    readonly createHandshake?: CreateHandshake
    /** Key of a process that both sides are to dial. */
    readonly relayThrough?: Buffer
  }

  export interface ServerOptions {
    readonly firewall: (publicKey: Buffer) => boolean
    readonly createHandshake?: CreateHandshake
    readonly relayThrough?: Buffer
  }

  export default class HyperDHT {
    constructor(options: NodeOptions)
    readonly defaultKeyPair: RawKeyPair
    /** Where the record of a public key is. */
    static hash(publicKey: Buffer): Buffer
    static keyPair(seed: Buffer): RawKeyPair
    static bootstrapper(
      port: number,
      host: string,
      options: { readonly host: string; readonly bootstrap: readonly string[] },
    ): HyperDHT
    readonly ephemeral: boolean
    readonly destroyed: boolean
    /** Names are looked up again for each query. Reassigning replaces the list. */
    bootstrapNodes: readonly Address[]
    bind(): Promise<void>
    /** Resolves when the first query is over, at once in a node that lists no others. */
    fullyBootstrapped(): Promise<void>
    /** Address of the server socket once bound. */
    localAddress(): Address | null
    /** The id is null unless it is that of a node that stores records at the address that was asked. */
    ping(address: Address): Promise<{ readonly from: { readonly id: Buffer | null } }>
    connect(publicKey: Buffer, options: ConnectOptions): SecretStream
    createServer(options: ServerOptions, onConnection: (stream: SecretStream) => void): Server
    /** A reply for each node that holds the record of the key. */
    findPeer(publicKey: Buffer, options: QueryOptions): Query
    lookup(topic: Buffer, options: QueryOptions): Query
    announce(target: Buffer, keyPair: RawKeyPair, relayAddresses: readonly Address[], options: QueryOptions): Query
    /** `force` leaves out the withdrawal of records. */
    destroy(options?: { readonly force?: boolean }): Promise<void>
  }
}

declare module 'hyperdht/lib/noise-wrap.js' {
  import type { RawKeyPair } from 'hyperdht'

  /** What a side says of itself in a handshake; only what is looked at here. */
  export interface HandshakePayload {
    /** Whom to dial as a relay; null for none. */
    readonly relayThrough: object | null
  }

  /** The library's handshake of either side. */
  export default class NoiseWrap {
    constructor(keyPair: RawKeyPair, remotePublicKey: Buffer | null)
    send(payload: object): Buffer
    /** What the other side says of itself. Throws whatever reading it throws. */
    recv(noise: Buffer): HandshakePayload
  }
}
